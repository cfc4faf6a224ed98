"""Pauses calls to a Redis that does not answer, so that not every call waits for it."""

from threading import Lock
from time import monotonic
from types import TracebackType

from redis.exceptions import ConnectionError, TimeoutError

from recs.errors import StoreUnavailable
from recs.stores.script import SomeNodesAway

PAUSE_SECONDS = 0.5


class CircuitBreaker:
    """`with breaker:` around calls to Redis.

    Closed, it lets all calls through. A call that gets no answer opens it: for PAUSE_SECONDS all
    others raise StoreUnavailable at once. Then it is half-open: it lets one call through and
    refuses the others, until that call has closed or opened it again.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._half_open_at: float | None = None
        """None while it is closed."""
        self._cause: Exception = ConnectionError()
        self._of_nodes: dict[str, CircuitBreaker] = {}

    def of(self, node: str) -> "CircuitBreaker":
        """Return the breaker of a node of a cluster: the others may serve. Itself for no name."""
        return self._of_nodes.setdefault(node, CircuitBreaker()) if node else self

    def __enter__(self) -> None:
        with self._lock:
            if self._half_open_at is None:
                return
            if monotonic() < self._half_open_at:
                raise StoreUnavailable("Redis", self._cause)
            # Open for the others, but not for ever: this call may never return.
            self._half_open_at = monotonic() + PAUSE_SECONDS

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        with self._lock:
            if isinstance(error, SomeNodesAway):
                self._half_open_at = None  # the others go on
            elif isinstance(error, ConnectionError | TimeoutError):
                self._cause = error
                self._half_open_at = monotonic() + PAUSE_SECONDS
            else:
                self._half_open_at = None
