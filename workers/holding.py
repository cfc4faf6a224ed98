"""A worker that holds messages it cannot write takes no others on a new connection.

Its connection may end meanwhile: the broker restarts, or RabbitMQ closes the channel (its
`consumer_timeout`). The broker then delivers the same messages again, and a quorum queue counts
deliveries. So the worker connects, and consumes only when the messages it holds are safe.
"""

import logging
from collections.abc import Callable
from threading import Lock
from typing import Any

log = logging.getLogger(__name__)


class Hold:
    """Whether something is held. One thread writes, another connects."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._is_held = False
        self._resume: Callable[[], None] | None = None

    def begin(self) -> None:
        """Something is held from now on. A second call is harmless."""
        with self._lock:
            self._is_held = True

    def connected(self, queues: Any, consumer: Any) -> None:
        """Have a consumer take nothing if something is held.

        To be called when it has connected, before Celery asks `queues` (of its app) what to
        consume.
        """
        with self._lock:
            names = list(queues.consume_from)
            if not self._is_held or not names:
                return  # without names it consumes nothing anyway
            queues.deselect(names)

            def resume() -> None:
                queues.select(names)
                for name in names:
                    consumer.call_soon(consumer.add_task_queue, name)

            self._resume = resume
        log.warning("nothing more is taken until what is held is safe")

    def end(self) -> None:
        """Nothing is held any more: consume again."""
        with self._lock:
            self._is_held, resume, self._resume = False, self._resume, None
            if resume:
                resume()
