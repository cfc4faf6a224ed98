"""Answers that are not due yet: their requests wait without a thread (app/gunicorn_worker.py)."""

from collections.abc import Callable, Iterator

MAY_WAIT = "kinolenta.may_wait"
"""Whether a request may be answered by `Later`, in its environ: once, and only under gunicorn."""


class Later:
    """What a WSGI application returns, without `start_response`, to have a request handled again.

    begin: is called when no thread handles the request any more, with a function to be called, in
    any thread, when it is time.
    """

    def __init__(self, begin: Callable[[Callable[[], None]], None]) -> None:
        self.begin = begin

    def __iter__(self) -> Iterator[bytes]:
        """Raise: a server that does not know `Later` must not set `MAY_WAIT`."""
        raise TypeError("this answer is not due yet")
