"""Work that a web process repeats in one thread beside its requests."""

import logging
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread

from redis.exceptions import RedisError

log = logging.getLogger(__name__)

IDLE_PAUSE_SECONDS = 0.5
"""Pause between two turns while there are no requests that need fresh data."""


class Background:
    """Repeats its steps in turn after the first `start`, which must come after any fork."""

    def __init__(
        self,
        steps: Sequence[Callable[[], object]],
        pause_seconds: float,
        is_idle: Callable[[], bool] = lambda: False,
    ) -> None:
        """is_idle: says whether the next turn may wait for IDLE_PAUSE_SECONDS."""
        self._steps = steps
        self._pause = pause_seconds
        self._is_idle = is_idle
        self._lock = Lock()
        self._thread: Thread | None = None
        self._stopped = Event()

    def start(self) -> None:
        """Begin, unless this process has begun before."""
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = Thread(target=self._run, name="background", daemon=True)
                    self._thread.start()

    def stop(self) -> None:
        """Stop for good, after the current step."""
        self._stopped.set()
        with self._lock:
            if self._thread is not None:
                self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._pause_seconds()):
            for step in self._steps:
                try:
                    step()
                except (RedisError, OSError) as error:
                    log.warning("background work waits: %s", error)
                except Exception as error:
                    log.error("background work fails: %r", error, exc_info=error)

    def _pause_seconds(self) -> float:
        return IDLE_PAUSE_SECONDS if self._is_idle() else self._pause
