"""Interactions to the broker: those that arrive together go out in one confirmed message.

A confirmed message costs the same for one interaction as for five hundred. So one of the threads
that wait publishes all that has gathered, waits for the one confirmation, and lets all of them
answer; then it is the turn of another one. Where nobody else waits, no thread waits for another.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from threading import Lock, Thread
from time import monotonic, sleep, time
from typing import Any

from celery import Celery
from kombu import Connection, Producer

from app.confirming import Confirmations, refuse_blocked
from app.prepared import PreparedTask
from recs.errors import BrokerUnavailable
from recs.interactions import Interaction
from recs.settings import Settings
from recs.stores.generations import Generations
from recs.throttling import ThrottledLog
from recs.types import Generation, UserId
from workers.queues import REQUESTS, SENT_AT, STAMPED_AT, queue

log = ThrottledLog(logging.getLogger(__name__))

INTERACTIONS_A_MESSAGE = 500
WAITING_MOST = 2_000
"""Requests that wait at once. There are far fewer threads."""
GATHER_SECONDS = 0.0005
"""So long a message waits for others, if several came together before: a fifth of the cost less."""
PAUSE_SECONDS = 0.5
"""After a failure everybody is refused at once for so long, instead of waiting in vain."""
AT_ONCE_SECONDS = 0.2
"""A broker that hangs takes longer to fail: there is no time to try that again."""
SILENCE_AND_MORE_SECONDS = 0.4
"""A request waits so much longer than the broker may be silent: Redis may hang as well."""
NOW = float("inf")
"""Timestamp of an interaction that the client has not dated: it is dated when it is received."""
Headers = Mapping[str, Any]
"""Of a message: when it was made, and of each request in it its id and its interactions."""
Note = Callable[[Generation, Sequence[Interaction]], Mapping[UserId, int]]
"""Called with what was confirmed, before that is told; returns user -> a time (microseconds)."""


class Waiting:
    """Interactions of one request, and how whoever waits for them learns that it is over."""

    __slots__ = ("error", "interactions", "leads", "over", "request_id", "time")

    def __init__(self, interactions: Sequence[Interaction], request_id: str) -> None:
        """Begin to wait."""
        self.interactions = interactions
        self.request_id = request_id
        self.time = 0
        """Since when they are safe (microseconds), once they are."""
        self.error: Exception | None = None
        self.leads = False
        """Whether it is now its turn to send."""
        self.over = Lock()
        """Held until it is over, or its turn."""
        self.over.acquire()


class Publisher:
    """Publishes from the threads of requests, one at a time. Never to be used before a fork."""

    def __init__(
        self, celery: Celery, settings: Settings, generations: Generations, note: Note
    ) -> None:
        self._celery = celery
        self._settings = settings
        self._generations = generations
        self._note = note
        self._destination = queue(settings, "interactions")
        self._waiting: deque[Waiting] = deque()
        self._state = Lock()
        """Held for a moment: of `_waiting`, `_is_led`, and `leads` of each."""
        self._is_led = False
        """Whether a thread sends, which will look at `_waiting` when it has done so."""
        self._together = 0
        """How many requests were in the message before."""
        self._refuse_until = 0.0
        self._connection: Connection | None = None
        self._producer: Producer | None = None
        self._confirmations: Confirmations | None = None
        self._prepared: PreparedTask | None = None

    def start(self) -> None:
        """Connect now, so that the first interaction needs not wait for it. Only after a fork."""
        self._is_led = True
        Thread(target=self._connect_first, name="publisher", daemon=True).start()

    def stop(self) -> None:
        """Close the connection, when no request is under way any more."""
        self._disconnect()

    def publish(self, interactions: Sequence[Interaction], request_id: str = "") -> int:
        """Return when the broker has these interactions for good, and they are noted.

        Returns a time in microseconds: a slate ranked with what was known of the first one's user
        then is ranked with theirs. Raises BrokerUnavailable.
        """
        if monotonic() < self._refuse_until:
            raise BrokerUnavailable("the broker does not answer")
        mine = Waiting(interactions, request_id)
        with self._state:
            if len(self._waiting) >= WAITING_MOST:
                raise BrokerUnavailable("too many interactions wait for the broker")
            self._waiting.append(mine)
            mine.leads, self._is_led = not self._is_led, True
        if not mine.leads:
            self._wait(mine)
        if mine.leads:
            self._lead(mine)
        if mine.error is not None:
            raise mine.error
        return mine.time

    def _wait(self, mine: Waiting) -> None:
        """Wait as long as the broker gives signs of life: it may be late, not silent."""
        seconds = self._settings.confirm_timeout_seconds + SILENCE_AND_MORE_SECONDS
        while not mine.over.acquire(timeout=seconds):
            heard = self._confirmations
            if heard is not None and heard.heard_at >= monotonic() - seconds:
                continue
            with self._state:
                if mine.leads:  # since a moment ago: `over` is free, and the leader releases it
                    mine.over.acquire()
                    return
                with suppress(ValueError):  # it is under way already
                    self._waiting.remove(mine)
            mine.error = BrokerUnavailable("the broker did not confirm in time")
            return

    def _lead(self, mine: Waiting) -> None:
        """Send what waits, until one's own is sent; then it is the turn of the next."""
        try:
            if self._together > 1:
                sleep(GATHER_SECONDS)
            while batch := self._gather():
                self._together = len(batch)
                self._send_all(batch)
                if mine in batch:
                    break
        finally:
            self._hand_on()

    def _hand_on(self) -> None:
        with self._state:
            self._is_led = bool(self._waiting)
            if self._is_led:
                self._waiting[0].leads = True
                self._waiting[0].over.release()

    def _connect_first(self) -> None:
        try:
            with suppress(Exception):  # the first interaction will try again, and tell
                self._connected()
        finally:
            self._hand_on()

    def _send_all(self, batch: Sequence[Waiting]) -> None:
        """Send some, and tell whoever waits for them."""
        try:
            times = self._send_noted(batch)
        except Exception as error:
            log.warning("broker", "the broker did not take interactions: %r", error)
            self._disconnect()
            self._refuse_until = monotonic() + PAUSE_SECONDS
            # Nor would it take what has come meanwhile: that needs not wait in vain.
            for waiting in [*batch, *self._gather()]:
                waiting.error = BrokerUnavailable("the broker does not answer")
                waiting.over.release()
        else:
            for waiting, at in zip(batch, times, strict=True):
                waiting.time = at
                waiting.over.release()

    def _gather(self) -> list[Waiting]:
        """Take whatever has arrived by now."""
        batch: list[Waiting] = []
        count = 0
        with self._state:
            while self._waiting and count < INTERACTIONS_A_MESSAGE:
                batch.append(self._waiting.popleft())
                count += len(batch[-1].interactions)
        return batch

    def _send_noted(self, batch: Sequence[Waiting]) -> list[int]:
        """Send what these requests hold, and note it. Returns the time for each."""
        generation, now = self._generations.stamp()  # a Redis that hangs is not the broker's fault
        interactions = [
            # What is dated later than it is received would win over all that follows.
            replace(each, timestamp=min(each.timestamp, now))
            for waiting in batch
            for each in waiting.interactions
        ]
        requests = [(each.request_id, len(each.interactions)) for each in batch]
        self._send_safely(interactions, generation, {STAMPED_AT: now, REQUESTS: requests})
        times = self._note(generation, interactions)
        return [times.get(each.interactions[0].user, int(now * 1e6)) for each in batch]

    def _send_safely(
        self, interactions: Sequence[Interaction], generation: Generation, headers: Headers
    ) -> None:
        """Send; once more over a new connection, if the old one turns out at once to be broken.

        So it is after each restart of the broker, in every process.
        """
        begun, was_connected = monotonic(), self._producer is not None
        try:
            self._send(interactions, generation, headers)
        except BrokerUnavailable:
            raise  # it has said so
        except Exception:
            if not was_connected or monotonic() - begun > AT_ONCE_SECONDS:
                raise
            self._disconnect()
            self._send(interactions, generation, headers)

    def _send(
        self, interactions: Sequence[Interaction], generation: Generation, headers: Headers
    ) -> None:
        """Publish one message (generation, rows) and wait for the confirmation."""
        producer = self._connected()
        args = (generation, [each.to_row() for each in interactions])
        headers = {SENT_AT: time(), **headers}
        if self._confirmations is not None and self._prepared is not None:
            self._prepared.send(producer.channel, args, headers)
            self._confirmations.wait()
            return
        # To Redis, in trial mode.
        self._celery.send_task(
            "ingest",
            args=args,
            producer=producer,
            # The object: a name is looked up among the queues of this process's environment.
            queue=self._destination,  # type: ignore[arg-type]  # celery-types knows only names
            declare=(),  # see _connected
            retry=False,
            ignore_result=True,
            headers=headers,
            argsrepr="-",  # building it costs more than the message
            kwargsrepr="{}",
        )

    def _connected(self) -> Producer:
        if self._producer is None:
            self._disconnect()  # an attempt that failed has left something
            self._connection = _impatient(self._celery, self._settings)
            producer = self._celery.amqp.Producer(self._connection, auto_declare=False)
            if not _is_redis(self._settings):  # that has nothing to confirm with
                silence = self._settings.confirm_timeout_seconds
                self._confirmations = Confirmations(producer.channel, silence)
                self._prepared = PreparedTask(self._celery, self._destination.name)
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
