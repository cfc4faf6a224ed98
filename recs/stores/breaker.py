"""A server that does not answer is left alone for a moment, so that not everybody waits for it."""

from time import monotonic
from types import TracebackType

from redis.exceptions import ConnectionError, TimeoutError

from recs.errors import StoreUnavailable

PAUSE_SECONDS = 0.5


class Breaker:
    """`with breaker:` around calls: after a failure, StoreUnavailable at once, for a while."""

    def __init__(self, store: str) -> None:
        self._store = store
        self._closed_until = 0.0
        self._cause: Exception = ConnectionError()

    def __enter__(self) -> None:
        if monotonic() < self._closed_until:
            raise StoreUnavailable(self._store, self._cause)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if isinstance(error, ConnectionError | TimeoutError):
            self._cause = error
            self._closed_until = monotonic() + PAUSE_SECONDS
