"""Interactions to the broker: those that arrive together go out in one confirmed message.

A confirmed message costs the same for one interaction as for five hundred. So request threads hand
their interactions to one thread per process, which publishes all that has gathered, waits for the
one confirmation, and lets all of them answer. This doubles what a process can take.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from contextlib import suppress
from dataclasses import dataclass, replace
from queue import Empty, Full
from queue import Queue as Waitlist
from threading import Lock, Thread
from time import monotonic, time
from typing import Any

from celery import Celery
from kombu import Connection, Producer

from app.confirming import Confirmations, refuse_blocked
from recs.errors import BrokerUnavailable
from recs.interactions import Interaction
from recs.settings import Settings
from recs.stores.generations import Generations
from recs.throttling import ThrottledLog
from recs.types import Generation, UserId
from workers.queues import SENT_AT, queue

log = ThrottledLog(logging.getLogger(__name__))

INTERACTIONS_A_MESSAGE = 500
WAITING_MOST = 2_000
"""Requests that wait at once. There are far fewer threads; this only bounds memory."""
PAUSE_SECONDS = 0.5
"""After a failure everybody is refused at once for so long, instead of waiting in vain."""
AT_ONCE_SECONDS = 0.2
"""A broker that hangs takes longer to fail: there is no time to try that again."""
SILENCE_AND_MORE_SECONDS = 0.4
"""A request waits so much longer than the broker may be silent: Redis may hang as well."""
NOW = float("inf")
"""Timestamp of an interaction that the client has not dated: it is dated when it is received."""
Note = Callable[[Generation, Sequence[Interaction]], Mapping[UserId, int]]
"""Called with what was confirmed, before that is told; returns user -> a time (microseconds)."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Interactions of one user's request, and what tells it that they are safe, and since when."""

    interactions: Sequence[Interaction]
    confirmed: Future[int]


class Publisher:
    """Publishes from one thread. Starts with the first interaction, never before a fork."""

    def __init__(
        self, celery: Celery, settings: Settings, generations: Generations, note: Note
    ) -> None:
        self._celery = celery
        self._settings = settings
        self._generations = generations
        self._note = note
        self._destination = queue(settings, "interactions")
        self._waiting: Waitlist[Waiting] = Waitlist(WAITING_MOST)
        self._start = Lock()
        self._thread: Thread | None = None
        self._refuse_until = 0.0
        self._connection: Connection | None = None
        self._producer: Producer | None = None
        self._confirmations: Confirmations | None = None

    def start(self) -> None:
        """Connect now, so that the first interaction needs not wait for it. Only after a fork."""
        self._ensure_thread()

    def publish(self, interactions: Sequence[Interaction]) -> int:
        """Return when the broker has these interactions of one user for good, and they are noted.

        Returns a time in microseconds: a slate ranked with what was known of the user then is
        ranked with these. Raises BrokerUnavailable.
        """
        if monotonic() < self._refuse_until:
            raise BrokerUnavailable("the broker does not answer")
        self._ensure_thread()
        waiting = Waiting(interactions, Future())
        try:
            self._waiting.put_nowait(waiting)
        except Full:
            raise BrokerUnavailable("too many interactions wait for the broker") from None
        return self._when_confirmed(waiting)

    def _when_confirmed(self, waiting: Waiting) -> int:
        """Wait as long as the broker gives signs of life: it may be late, not silent."""
        seconds = self._settings.confirm_timeout_seconds + SILENCE_AND_MORE_SECONDS
        while True:
            try:
                return waiting.confirmed.result(seconds)
            except FutureTimeout:
                heard = self._confirmations
                if heard is None or heard.heard_at < monotonic() - seconds:
                    waiting.confirmed.cancel()  # if it is not under way already
                    raise BrokerUnavailable("the broker did not confirm in time") from None

    def _ensure_thread(self) -> None:
        with self._start:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="publisher", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        with suppress(Exception):  # the first interaction will try again, and tell
            self._connected()
        while True:
            batch = list(self._gather())
            try:
                times = self._send_noted(batch)
            except Exception as error:
                log.warning("broker", "the broker did not take interactions: %r", error)
                self._disconnect()
                self._refuse_until = monotonic() + PAUSE_SECONDS
                # Nor would it take what has come meanwhile: that needs not wait in vain.
                for waiting in [*batch, *self._gather(wait=False)]:
                    waiting.confirmed.set_exception(BrokerUnavailable("the broker does not answer"))
            else:
                for waiting, at in zip(batch, times, strict=True):
                    waiting.confirmed.set_result(at)

    def _gather(self, wait: bool = True) -> Iterator[Waiting]:
        """Yield one request, once there is one, and whatever else has arrived by then."""
        count = 0
        while count < INTERACTIONS_A_MESSAGE:
            try:
                waiting = self._waiting.get(block=wait and not count)
            except Empty:
                return
            if waiting.confirmed.set_running_or_notify_cancel():
                count += len(waiting.interactions)
                yield waiting

    def _send_noted(self, batch: Sequence[Waiting]) -> list[int]:
        """Send what these requests hold, and note it. Returns the time for each."""
        generation, now = self._generations.stamp()  # a Redis that hangs is not the broker's fault
        interactions = [
            # What is dated later than it is received would win over all that follows.
            replace(each, timestamp=min(each.timestamp, now))
            for waiting in batch
            for each in waiting.interactions
        ]
        self._send_safely(interactions, generation)
        times = self._note(generation, interactions)
        return [times.get(each.interactions[0].user, int(now * 1e6)) for each in batch]

    def _send_safely(self, interactions: Sequence[Interaction], generation: Generation) -> None:
        """Send; once more over a new connection, if the old one turns out at once to be broken.

        So it is after each restart of the broker, in every process.
        """
        begun, was_connected = monotonic(), self._producer is not None
        try:
            self._send(interactions, generation)
        except BrokerUnavailable:
            raise  # it has said so
        except Exception:
            if not was_connected or monotonic() - begun > AT_ONCE_SECONDS:
                raise
            self._disconnect()
            self._send(interactions, generation)

    def _send(self, interactions: Sequence[Interaction], generation: Generation) -> None:
        """Publish one message (generation, rows) and wait for the confirmation."""
        self._celery.send_task(
            "ingest",
            args=(generation, [each.to_row() for each in interactions]),
            producer=self._connected(),
            # The object: a name is looked up among the queues of this process's environment.
            queue=self._destination,  # type: ignore[arg-type]  # celery-types knows only names
            # A message that fits no queue is dropped, and confirmed. Should the queue vanish while
            # the connection lasts, this tells.
            mandatory=True,
            declare=(),  # see _connected
            retry=False,
            ignore_result=True,
            headers={SENT_AT: time()},
            argsrepr="-",  # building it costs more than the message
            kwargsrepr="{}",
        )
        if self._confirmations is not None:
            self._confirmations.wait()

    def _connected(self) -> Producer:
        if self._producer is None:
            self._disconnect()  # an attempt that failed has left something
            self._connection = _impatient(self._celery, self._settings)
            producer = self._celery.amqp.Producer(self._connection, auto_declare=False)
            if not _is_redis(self._settings):  # that has nothing to confirm with
                silence = self._settings.confirm_timeout_seconds
                self._confirmations = Confirmations(producer.channel, silence)
            # Not waited for: where the queue is late, the first confirmation will be.
            self._destination.bind(producer.channel).declare(nowait=True)  # type: ignore[arg-type]
            self._producer = producer
        return self._producer

    def _disconnect(self) -> None:
        """Drop the connection; the next message opens a new one."""
        if self._connection is not None:
            with suppress(Exception):  # it is broken: letting go of it may fail in any way
                self._connection.collect()
        self._connection = self._producer = self._confirmations = None


def _impatient(celery: Celery, settings: Settings) -> Connection:
    """Connect so that a broker that is gone, or hangs, is noticed within half a second."""
    timeout = settings.confirm_timeout_seconds
    options: dict[str, Any] = dict(celery.conf.broker_transport_options)
    options["max_retries"] = 0  # as shipped, it tries again after 2, 4, 6 … seconds
    if _is_redis(settings):
        options |= {"socket_timeout": timeout, "socket_connect_timeout": timeout}
    else:
        options |= {"read_timeout": timeout, "write_timeout": timeout}
        options["on_blocked"] = refuse_blocked
    connection: Connection = celery.connection_for_write(
        settings.broker_url, connect_timeout=timeout, transport_options=options
    )
    return connection


def _is_redis(settings: Settings) -> bool:
    return settings.broker_url.startswith("redis")
