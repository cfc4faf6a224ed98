"""Sends interactions to the broker: those that arrive together share one confirmed message.

A confirmed message costs the same for one interaction as for five hundred. So one of the waiting
threads, the leader, publishes all interactions that have gathered and waits for the confirmation.
Then all these threads answer, and another thread becomes the leader. A leader waits a moment for as
many requests as have come together lately, so a thread that is alone waits only after a crowd.
"""

import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import groupby
from threading import Lock, Thread
from time import monotonic

from celery import Celery

from app.sending import Sender
from recs.errors import BrokerUnavailable
from recs.interactions import Interaction
from recs.settings import Settings
from recs.stores.generations import GenerationLease, Generations
from recs.types import Generation, UserId
from workers.queues import REQUESTS, STAMPED_AT

log = logging.getLogger(__name__)

INTERACTIONS_A_MESSAGE = 500
GATHER_SECONDS = 0.002
"""The longest time that a leader waits for as many requests as have come together lately."""
PAUSE_SECONDS = 0.5
"""How long all requests are refused at once after a failure, instead of waiting in vain."""
SILENCE_AND_MORE_SECONDS = 0.4
"""How much longer a request waits than the broker may be silent: Redis may hang as well."""
NOW = float("inf")
"""The timestamp of an interaction without a date. It gets the time when it is received."""
Note = Callable[[Generation, Sequence[Interaction]], Mapping[UserId, int]]
"""Called with confirmed interactions before the answer; returns user -> a time (microseconds)."""


class Pending:
    """The interactions of one request, and a lock by which its thread waits for the outcome."""

    __slots__ = ("error", "generation", "interactions", "leads", "over", "request_id", "time")

    def __init__(
        self, interactions: Sequence[Interaction], request_id: str, generation: Generation
    ) -> None:
        """Begin with the lock held. generation: when the request came; 0 if none was known."""
        self.interactions = interactions
        self.request_id = request_id
        self.generation = generation
        self.time = 0
        """When they were noted (microseconds); 0 before that."""
        self.error: Exception | None = None
        self.leads = False
        """Whether this thread is the leader."""
        self.over = Lock()
        """Released when the outcome is known, or when this thread becomes the leader."""
        self.over.acquire()


class Publisher:
    """Publishes from the threads of requests, one at a time. Use it only after the fork."""

    def __init__(
        self,
        celery: Celery,
        settings: Settings,
        generations: Generations,
        lease: GenerationLease,
        note: Note,
    ) -> None:
        self._settings = settings
        self._generations = generations
        self._lease = lease
        self._note = note
        self._sender = Sender(celery, settings)
        self._waiting: deque[Pending] = deque()
        self._state = Lock()
        """Guards `_waiting`, `_is_led`, `_enough` and each `leads`; held for a moment only."""
        self._is_led = False
        """Whether there is a leader; it looks at `_waiting` when it has sent its message."""
        self._expected = 0
        """How many requests come together: as many as in the last message, or one fewer than was
        expected of it, whichever is more."""
        self._enough: Lock | None = None
        """Released when so many wait; None while no leader waits for them."""
        self._refuse_until = 0.0

    def start(self) -> None:
        """Connect now, so that the first interaction does not wait for it."""
        self._is_led = True
        Thread(target=self._connect_first, name="publisher", daemon=True).start()

    def stop(self) -> None:
        """Close the connection. No request may be under way."""
        self._sender.disconnect()

    def publish(self, interactions: Sequence[Interaction], request_id: str = "") -> int:
        """Send interactions; return when the broker has confirmed them and they are noted.

        Returns the time (microseconds) when the first one's user was noted: a slate that is ranked
        with the state of that time or later knows of them. Raises BrokerUnavailable, OSError.
        """
        if monotonic() < self._refuse_until:
            raise BrokerUnavailable("the broker does not answer")
        mine = Pending(interactions, request_id, self._lease.now())
        with self._state:
            self._waiting.append(mine)
            if self._enough is not None and len(self._waiting) >= self._expected:
                self._enough.release()
                self._enough = None
            mine.leads, self._is_led = not self._is_led, True
        if not mine.leads:
            self._wait(mine)
        if mine.leads:
            self._lead(mine)
        if mine.error is not None:
            raise mine.error
        return mine.time

    def _wait(self, mine: Pending) -> None:
        """Wait while the broker gives signs of life: it may be late, but not silent."""
        seconds = self._settings.confirm_timeout_seconds + SILENCE_AND_MORE_SECONDS
        while not mine.over.acquire(timeout=seconds):
            if self._sender.heard_at >= monotonic() - seconds:
                continue
            with self._state:
                if mine.leads:  # since a moment ago: `over` is free, and the leader releases it
                    mine.over.acquire()
                    return
                with suppress(ValueError):  # it is under way already
                    self._waiting.remove(mine)
            mine.error = BrokerUnavailable("the broker did not confirm in time")
            return

    def _lead(self, mine: Pending) -> None:
        """Send what waits, until one's own request is sent; then make another thread the leader."""
        try:
            self._wait_for_others()
            while batch := self._gather():
                self._expected = max(len(batch), self._expected - 1)
                self._send_all(batch)
                if mine in batch:
                    break
        finally:
            self._hand_on()

    def _wait_for_others(self) -> None:
        with self._state:
            if len(self._waiting) >= self._expected:
                return
            self._enough = enough = Lock()
            enough.acquire()
        enough.acquire(timeout=GATHER_SECONDS)
        with self._state:
            self._enough = None

    def _hand_on(self) -> None:
        with self._state:
            self._is_led = bool(self._waiting)
            if self._is_led:
                self._waiting[0].leads = True
                self._waiting[0].over.release()

    def _connect_first(self) -> None:
        try:
            with suppress(Exception):  # the first interaction tries again, and reports it
                self._sender.connect()
        finally:
            self._hand_on()

    def _send_all(self, batch: Sequence[Pending]) -> None:
        """Send some requests' interactions, and release their threads with the outcome."""
        try:
            times = self._send_noted(batch)
        except Exception as error:
            log.warning("the broker did not take interactions: %r", error)
            self._sender.disconnect()
            self._refuse_until = monotonic() + PAUSE_SECONDS
            # The broker would not take what has come meanwhile, either.
            for waiting in [*batch, *self._gather()]:
                waiting.error = BrokerUnavailable("the broker does not answer")
                waiting.over.release()
        else:
            for waiting, at in zip(batch, times, strict=True):
                waiting.time = at
                waiting.over.release()

    def _gather(self) -> list[Pending]:
        """Take what has arrived by now, as much as fits into a message."""
        batch: list[Pending] = []
        count = 0
        with self._state:
            while self._waiting and count < INTERACTIONS_A_MESSAGE:
                batch.append(self._waiting.popleft())
                count += len(batch[-1].interactions)
        return batch

    def _send_noted(self, batch: Sequence[Pending]) -> list[int]:
        """Send these requests' interactions, and note them. Returns the time for each request."""
        current, now = self._generations.stamp()  # a Redis that hangs is not the broker's fault
        times: list[int] = []
        # A request that came before a /cleanup belongs to the generation before it.
        for generation, some in groupby(batch, lambda each: each.generation or current):
            times += self._send_of(generation, now, list(some))
        return times

    def _send_of(self, generation: Generation, now: float, batch: Sequence[Pending]) -> list[int]:
        interactions = [
            # A date in the future would win over all later interactions.
            replace(each, timestamp=min(each.timestamp, now))
            for waiting in batch
            for each in waiting.interactions
        ]
        requests = [(each.request_id, len(each.interactions)) for each in batch]
        self._sender.send(interactions, generation, {STAMPED_AT: now, REQUESTS: requests})
        times = self._note(generation, interactions)
        return [times.get(each.interactions[0].user, int(now * 1e6)) for each in batch]
