"""Item statistics: one process counts what happens, and publishes it for all rankers."""

import logging
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from time import monotonic, sleep

from redis.lock import Lock

from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.locks import alone, is_held
from recs.types import Generation
from workers import ask_for_training, celery, stores
from workers.counting import Counting

log = logging.getLogger(__name__)

RUN_SECONDS = 1.9
"""How long a task goes on counting; the next task comes two seconds after this one began."""
COUNT_SECONDS = 0.1
"""Pause (s) between two counts, while something happens."""
IDLE_SECONDS = 0.5
"""Pause (s) between two counts, while nothing happens. New items end it."""
BUSY_SHARE = 4
"""The pause is at least so many times as long as the count took: others need the processor."""
LOCK_SECONDS = 6.0
"""After the death of a statistics worker another one takes over within ten seconds."""


@celery.task(name="statistics")
def statistics() -> None:
    """Publish what has happened, unless another process does it."""
    _of_this_process().run()


class StatisticsWorker:
    """Publishes the statistics of the current generation, as long as it holds the lock."""

    def __init__(
        self,
        stores: Stores,
        lock_seconds: float = LOCK_SECONDS,
        on_growth: Callable[[], None] = lambda: None,
    ) -> None:
        self._stores = stores
        self._lock_seconds = lock_seconds
        self._on_growth = on_growth
        self._counting: Counting | None = None
        self._until_released = ExitStack()
        self._lock: Lock | None = None

    def run(self, seconds: float = RUN_SECONDS) -> None:
        """Count and publish for a while. Does nothing while another process holds the lock."""
        end = monotonic() + seconds
        while self._holds_lock():
            began, counting = monotonic(), self._follow()
            has_news = counting.publish_news()
            earliest = monotonic() + BUSY_SHARE * (monotonic() - began)
            latest = monotonic() + (COUNT_SECONDS if has_news else IDLE_SECONDS)
            while not self._is_due(counting, earliest, latest):
                if monotonic() + COUNT_SECONDS >= end:
                    return
                sleep(COUNT_SECONDS)

    def release(self) -> None:
        """Let another process take over."""
        self._until_released.close()
        self._lock = self._counting = None

    def _holds_lock(self) -> bool:
        """Take the lock, or see that it is still ours."""
        if self._is_holder():
            return True
        self.release()
        name = Keys(self._stores.settings.namespace, Generation(0)).lock("statistics")
        held = alone(self._stores.redis, name, self._lock_seconds)
        self._lock = self._until_released.enter_context(held)
        return self._lock is not None

    def _is_holder(self) -> bool:
        return self._lock is not None and is_held(self._lock)

    def _is_due(self, counting: Counting, earliest: float, latest: float) -> bool:
        """Return whether to count again: before `latest` only if there are new items.

        Until they are counted, lists are ranked without them, as after /cleanup and /add_items.
        """
        now = monotonic()
        if now < earliest:
            return False
        if now >= latest:
            return True
        began_anew = counting.generation != self._stores.generations.on_disk()
        return began_anew or counting.has_unread_items()

    def _follow(self) -> Counting:
        """Return the counting of the current generation; begin it if there is none."""
        generation = self._stores.generations.current()
        if self._counting is None or self._counting.generation != generation:
            self._counting = None  # before the next one: each may take a gigabyte
            self._counting = Counting(
                generation, self._stores, self._is_holder, on_growth=self._on_growth
            )
        return self._counting


@cache
def _of_this_process() -> StatisticsWorker:
    return StatisticsWorker(stores(), on_growth=ask_for_training)
