"""Waits for what other processes do."""

import time
from collections.abc import Callable


def until(holds: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait until `holds()`, for at most so many seconds. Returns whether it held."""
    deadline = time.monotonic() + seconds
    while not (held := holds()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return held
