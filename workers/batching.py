"""Batches of messages that survive errors and restarts of the broker: a consumer step of our own.

Why not celery-batches: docs/decisions/0015-batches-of-our-own.md.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock
from time import monotonic, sleep
from typing import Any

from celery import Celery, Task
from celery.worker import state
from celery.worker.consumer import Consumer
from kombu.asynchronous.timer import Entry
from kombu.message import Message
from kombu.utils.limits import TokenBucket

from workers.holding import Hold

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
"""Pause before a batch is tried again: the server that refused it needs time to recover."""
HOLD = Hold()
"""One for the process, which has one consumer."""
TOLD = TokenBucket(fill_rate=200, capacity=500)
"""How many messages a second are reported one by one to Flower and others who watch. All of them
would cost ingest a fifth of its time, and Flower almost as much as all of ingest
(docs/decisions/0015-batches-of-our-own.md).
"""


@dataclass(frozen=True, slots=True)
class Received:
    """One message of a batch."""

    args: Sequence[Any]
    headers: Mapping[str, Any]
    acknowledge: Callable[..., object]
    """Acknowledges this message; with `multiple=True` also all before it. Only the consumer's own
    thread may call it."""
    tag: int = 0
    """Its number on the channel, starting at 1; 0 in trial mode, where there are no numbers."""


class Batches(Task):  # type: ignore[type-arg]
    """A task that takes many messages at once, and acknowledges them when its body returned True.

    A batch is handed over when it has `flush_every` messages, when its first message is
    `flush_interval` seconds old, or when the batch before it is done: while that one takes long,
    the next one grows.
    While the body raises, the worker holds the batch and tries again. It does not return messages
    to the queue: a quorum queue drops a message that was delivered too often (its delivery limit).
    When the worker holds as many messages as it may prefetch, the broker sends no more. If the
    connection ends meanwhile, the worker takes nothing on the next one.
    """

    abstract = True
    typing = False  # senders pass the arguments of one message, the body takes a batch
    flush_every: int
    flush_interval: float
    _buffer: "Buffer | None" = None

    def Strategy(  # type: ignore[override]  # a name or a callable
        self, task: "Batches", app: Celery, consumer: Consumer
    ) -> Callable[..., None]:
        """Begin a new buffer on every connection: the broker delivers again what it must."""
        if self._buffer is not None:
            self._buffer.drop()
        HOLD.connected(app.amqp.queues, consumer)
        self._buffer = buffer = Buffer(self, consumer)

        def take(message: Message, *_: object, **__: object) -> None:
            errors = consumer.connection_errors  # type: ignore[attr-defined]
            args, _, _ = message.payload
            tag = message.delivery_tag if isinstance(message.delivery_tag, int) else 0
            acknowledge = partial(message.ack_log_error, log, errors)
            buffer.add(Received(args, message.headers, acknowledge, tag))

        return take

    def insist(self, batch: Sequence[Received]) -> bool:
        """Run the body until it returns True. Return False if the worker is told to stop first.

        The broker then delivers the messages again when the connection has ended.
        """
        failures = 0
        while (error := self._error(batch)) is not None:
            failures += 1
            HOLD.begin()
            # Logged once a minute: workers/logs.py throttles equal lines.
            held, kind = "%d messages are held until this works: %s: %s", type(error).__name__
            log.error(held, len(batch), kind, error, exc_info=error)
            if is_stopping():
                return False
            sleep(PAUSE_SECONDS)
        if failures:
            HOLD.end()
            log.warning("%d messages are safe after %d tries", len(batch), failures + 1)
        return True

    def _error(self, batch: Sequence[Received]) -> Exception | None:
        """Run the body once; return why it did not return True."""
        try:
            return None if self.run(batch) is True else ValueError("it did not return True")
        except Exception as error:
            return error


class Buffer:
    """The messages of one connection that wait for their batch to fill."""

    def __init__(self, task: Batches, consumer: Consumer) -> None:
        self._task = task
        self._worker: Any = consumer  # celery-types knows less of it than there is
        self._lock = Lock()
        self._received: list[Received] = []
        self._timer: Entry | None = None
        self._under_way = 0
        """How many batches the pool is working on."""
        self._acknowledged = 0
        """The tag up to which all messages of the connection are acknowledged."""
        self._finished: list[tuple[Sequence[Received], float]] = []
        """Batches that are safe and not acknowledged yet, each with how long it took (s)."""

    def add(self, received: Received) -> None:
        """Add a message; hand the batch over if it is full."""
        with self._lock:
            self._received.append(received)
            is_full = len(self._received) >= self._task.flush_every
            if self._timer is None and not is_full and not self._under_way:
                seconds = self._task.flush_interval
                self._timer = self._worker.timer.call_after(seconds, self.hand_over)
        if is_full:
            self.hand_over()

    def hand_over(self) -> None:
        """Give what has gathered to the pool as one batch."""
        with self._lock:
            batch = self._take()
            self._under_way += bool(batch)
        if not batch:
            return
        begun = monotonic()

        def finish(is_safe: object) -> None:
            with self._lock:
                self._under_way -= 1
            if is_safe is not True:
                return
            try:
                self._finish(batch, monotonic() - begun)
            finally:  # messages that came meanwhile have no timer
                self.hand_over()

        self._worker.pool.apply_async(self._task.insist, (batch,), callback=finish)

    def drop(self) -> None:
        """Forget what has gathered."""
        with self._lock:
            self._take()

    def _take(self) -> list[Received]:
        if self._timer is not None:
            self._timer.cancel()
        batch, self._received, self._timer = self._received, [], None
        return batch

    def _finish(self, batch: Sequence[Received], seconds: float) -> None:
        """Have the consumer's own thread acknowledge a batch that is safe, and report it.

        This thread, of the pool, may do neither: Celery loses events that are added while others
        are sent, and a channel belongs to the thread that reads it. The consumer's loop keeps its
        pending calls in a set, so two calls could run in the wrong order. Therefore at most one
        call is pending, and it takes all finished batches in their order.
        """
        with self._lock:
            self._finished.append((batch, seconds))
            is_asked = len(self._finished) > 1
        if not is_asked:
            self._worker.call_soon(self._settle)

    def _settle(self) -> None:
        with self._lock:
            finished, self._finished = self._finished, []
        last: Received | None = None
        for batch, _ in finished:
            if self._follows(batch):
                last = batch[-1]
                self._acknowledged = last.tag
                continue
            for received in batch:
                received.acknowledge()
        if last is not None:
            last.acknowledge(multiple=True)
        for batch, seconds in finished:
            self._tell(batch, seconds)

    def _follows(self, batch: Sequence[Received]) -> bool:
        """Say whether this batch follows directly on the messages that are acknowledged.

        Then one call acknowledges all of it: acknowledging is a tenth of ingest's work. If a
        message before it is held elsewhere or was set aside, each one needs a call from then on.
        """
        first = self._acknowledged + 1
        return [received.tag for received in batch] == list(range(first, first + len(batch)))

    def _tell(self, batch: Sequence[Received], seconds: float) -> None:
        """Report a batch to those who watch the worker, such as Flower.

        Each message is reported as a task. When too many come, a batch is reported as one task,
        with the id of its first message.
        """
        state.total_count.update({self._task.name: len(batch)})
        state.all_total_count[0] += len(batch)
        if (events := self._worker.event_dispatcher) is None:
            return
        for received in batch if TOLD.can_consume(len(batch)) else batch[:1]:
            about = {"uuid": received.headers.get("id", ""), "name": self._task.name}
            events.send("task-received", args="-", kwargs="{}", **about)
            events.send("task-succeeded", result="True", runtime=seconds, **about)


def is_stopping() -> bool:
    """Say whether this worker was told to stop: the states hold an exit code then, 0 included."""
    return any(
        each is not None and each is not False
        for each in (state.should_stop, state.should_terminate)
    )
