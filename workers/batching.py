"""Batches of messages that survive what celery-batches does not: errors and broker restarts."""

from collections.abc import Callable, Collection
from time import sleep
from typing import Any

from celery import Celery
from celery.worker.consumer import Consumer
from celery.worker.request import Request
from celery_batches import Batches, SimpleRequest, consume_queue
from celery_batches.trace import apply_batches_task
from kombu.asynchronous.timer import Entry

PAUSE_SECONDS = 0.5
"""Before messages go back to the queue: what refused them needs time to recover."""


class SafeBatches(Batches):  # type: ignore[misc]
    """A batch task whose messages are acknowledged only when its body returned True.

    As shipped, celery-batches acknowledges a batch whose body raised, and after a reconnect it
    keeps messages that the broker delivers again, and never flushes any more (its issues 99, 107).
    """

    _tref: Entry | None

    def Strategy(self, task: Batches, app: Celery, consumer: Consumer) -> Callable[..., None]:
        """Begin anew on every connection: the broker will deliver what was not acknowledged."""
        if self._tref is not None:
            self._tref.cancel()
            self._tref = None
        for queue in (self._buffer, self._pending):
            list(consume_queue(queue))
        handler: Callable[..., None] = super().Strategy(task, app, consumer)
        return handler

    def flush(self, requests: Collection[Request]) -> Any:
        """Hand a batch to the pool; what comes back decides between acknowledging and again."""

        def finish(result: object) -> None:
            if result is True:
                for request in requests:
                    request.acknowledge()
                return
            sleep(PAUSE_SECONDS)
            for request in requests:
                request.reject(requeue=True)

        simple = [SimpleRequest.from_request(request) for request in requests]
        return self._pool.apply_async(
            apply_batches_task, (self, (simple,), 0, None), callback=finish
        )
