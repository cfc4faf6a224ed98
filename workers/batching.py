"""Batches of messages that survive what celery-batches does not: errors and broker restarts."""

import logging
from collections.abc import Callable, Collection, Sequence
from time import monotonic, sleep
from typing import Any

from celery import Celery
from celery.worker import state
from celery.worker.consumer import Consumer
from celery.worker.request import Request
from celery_batches import Batches, SimpleRequest, consume_queue
from kombu.asynchronous.timer import Entry

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
"""Before the next try: what refused a batch needs time to recover."""
TOLD_AGAIN_SECONDS = 60.0


class SafeBatches(Batches):  # type: ignore[misc]
    """A batch task whose messages are acknowledged only when its body returned True.

    As shipped, celery-batches acknowledges a batch whose body raised, and after a reconnect it
    keeps messages that the broker delivers again, and never flushes any more (its issues 99, 107).

    While the body raises, the worker holds the batch and tries again. It does not give messages
    back: a quorum queue drops what was delivered too often (its delivery limit). Once it holds as
    many as it may prefetch, the broker sends no more.
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
        """Hand a batch to the pool; acknowledge its messages when its body has returned True."""

        def finish(result: object) -> None:
            if result is True:
                for request in requests:
                    request.acknowledge()

        simple = [SimpleRequest.from_request(request) for request in requests]
        return self._pool.apply_async(self._insist, (simple,), callback=finish)

    def _insist(self, requests: Sequence[SimpleRequest]) -> bool:
        """Run the body until it returns True. False: the worker stops before that.

        Then the broker delivers the messages again as soon as the connection ends.
        """
        failures, tell_at = 0, 0.0
        while (error := self._error(requests)) is not None:
            failures += 1
            if monotonic() >= tell_at:
                tell_at = monotonic() + TOLD_AGAIN_SECONDS
                first = error if failures == 1 else None
                held = "%d messages are held until this works (%d tries so far): %r"
                log.error(held, len(requests), failures, error, exc_info=first)
            if is_stopping():
                return False
            sleep(PAUSE_SECONDS)
        if failures:
            log.warning("%d messages are safe after %d tries", len(requests), failures + 1)
        return True

    def _error(self, requests: Sequence[SimpleRequest]) -> Exception | None:
        """Run the body once; return why it did not return True."""
        try:
            return None if self.run(requests) is True else ValueError("it did not return True")
        except Exception as error:
            return error


def is_stopping() -> bool:
    """Say whether this worker was told to stop."""
    return any(
        each is not None and each is not False
        for each in (state.should_stop, state.should_terminate)
    )
