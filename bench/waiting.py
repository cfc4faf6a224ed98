"""Waits with a limit."""

from collections.abc import Callable

from tests.waiting import until

AT_MOST_SECONDS = 300.0


def wait(is_so: Callable[[], bool]) -> None:
    """Wait until a condition holds. Raises TimeoutError."""
    if not until(is_so, AT_MOST_SECONDS):
        raise TimeoutError
