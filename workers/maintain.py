"""Background work, in portions: replays the log, purges old generations, takes samples.

It has its own queue and process, so that it never delays a slate. Each task ends at its own
deadline, and the next one continues there.
"""

import logging
from collections.abc import Callable, Iterator
from functools import cache
from time import monotonic, time
from typing import cast

from celery import Celery

from recs.settings import Settings
from recs.stores import Stores
from recs.stores.keys import Keys, current_generation
from recs.stores.losses import eviction_policy, eviction_warning
from recs.stores.nodes import delete_matching
from recs.types import Generation, Json
from workers import ask_for_ranking, celery, settings, stores
from workers.queues import BROKER_ERRORS, counts

log = logging.getLogger(__name__)

RECONCILE_SECONDS = 5.0
PURGE_SECONDS = 2.0
LOOK_SECONDS = 20.0
BROKER_SECONDS = 1.0
REPLAY_PAUSE_SECONDS, REPLAY_PAUSE_SECONDS_MOST = 30.0, 600.0
"""Shortest and longest pause between two replays of the whole log, while Redis goes on losing keys.
"""
LATE_SECONDS = 60.0
"""How long after the end of a generation a process that stood still may still write a key of it."""


@celery.task(name="reconcile")
def reconcile() -> None:
    """Replay to Redis what the disk has and Redis has lost."""
    _watch_of_this_process().run()
    catch_up(stores(), RECONCILE_SECONDS)


@celery.task(name="purge")
def purge() -> None:
    """Delete a part of what old generations have left."""
    _purge_of_this_process().run(PURGE_SECONDS)


@celery.task(name="sample")
def sample() -> None:
    """Add a sample to the time series of the dashboard."""
    generation = stores().generations.current()
    waiting = queue_length(celery, settings())
    stores().time_series.add_sample(generation, measure(stores(), generation) | {"queue": waiting})


def catch_up(stores: Stores, seconds: float) -> int:
    """Replay to Redis what it lacks of the log; return how many rows that were."""
    generation = stores.generations.restore()
    is_known = stores.replay.has_looked(generation)
    count = stores.replay.reconcile(generation, monotonic() + seconds)
    if count:
        # At its first look a process replays everything: it does not know what Redis has.
        level = logging.WARNING if is_known else logging.INFO
        log.log(level, "generation %d: %d rows replayed from the log", generation, count)
        ask_for_ranking(stores, generation)
    return count


class Watch:
    """Looks every LOOK_SECONDS for faults that nothing else notices, and has them repaired."""

    def __init__(self, stores: Stores, clock: Callable[[], float] = monotonic) -> None:
        self._stores = stores
        self._clock = clock
        self._look_at = -float("inf")
        self._replay_at = -float("inf")
        self._pause = REPLAY_PAUSE_SECONDS
        self._policy = ""
        self._folder = stores.settings.data_dir.resolve()

    def run(self) -> None:
        """Look, if it is time to. Raises RedisError, OSError."""
        if self._clock() < self._look_at:
            return
        self._look_at = self._clock() + LOOK_SECONDS
        if not self._stores.shared_folder.hold():
            log.error("processes with another DATA_DIR than %s run on this Redis", self._folder)
        generation = self._stores.generations.current()
        self._stores.waiting.put_clock_back(generation, time())
        self._warn_of_eviction()
        self._look_for_losses(generation)

    def _look_for_losses(self, generation: Generation) -> None:
        """Have the log replayed if Redis has lost a part of what it has applied.

        While Redis goes on losing keys, the pauses between two replays grow.
        """
        evicted = self._stores.losses.evicted()
        missing = self._stores.losses.missing(generation, time())
        if not (evicted or missing):
            if self._clock() > self._replay_at:
                self._pause = REPLAY_PAUSE_SECONDS
            return
        if self._clock() < self._replay_at:
            return
        log.error(
            "Redis has lost keys: it threw %d away, and %d interactions looked up at random are "
            "missing. The whole log is replayed. See docs/operations.md, memory of Redis.",
            *(evicted, missing),
        )
        self._replay_at = self._clock() + self._pause
        self._pause = min(2 * self._pause, REPLAY_PAUSE_SECONDS_MOST)
        self._stores.applied.forget(generation)

    def _warn_of_eviction(self) -> None:
        policy = eviction_policy(self._stores.redis)
        if policy and policy != self._policy:
            log.warning("%s", eviction_warning(policy))
        self._policy = policy


class Purge:
    """Deletes older generations' keys in Redis, their statistics and their models.

    Their log, their catalogue and the metrics of their models stay.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._purged = f"{current_generation(stores.settings.namespace)}:purged"
        """Key of a set: generations that are purged. It is in Redis, so that an older snapshot that
        brings their keys back also forgets that they were purged."""
        self._under_way: dict[Generation, Iterator[int]] = {}

    def run(self, seconds: float) -> int:
        """Delete for about so many seconds; return how many keys were deleted."""
        deadline, count = monotonic() + seconds, 0
        for generation in self._over():
            steps = self._under_way.pop(generation, None) or self._steps(generation)
            for deleted in steps:
                count += deleted
                if monotonic() > deadline:
                    self._under_way[generation] = steps
                    return count
        return count

    def _over(self) -> list[Generation]:
        """Return the generations that are over and not purged, oldest first.

        The newest on disk is kept even if Redis knows a later one: the folder may be an older
        backup, and then there is nothing else.
        """
        done = cast(set[bytes], self._stores.redis.smembers(self._purged))
        over = self._stores.generations.all_on_disk()[:-1]
        return [each for each in over if str(each).encode() not in done]

    def _steps(self, generation: Generation) -> Iterator[int]:
        """Delete a portion of a generation at each step; yield how many keys it had."""
        pattern = Keys(self._stores.settings.namespace, generation).pattern
        yield from delete_matching(self._stores.redis, pattern)
        self._stores.statistics.drop(generation)
        self._stores.models.drop(generation)
        if self._is_long_over(generation):
            self._stores.redis.sadd(self._purged, str(generation))

    def _is_long_over(self, generation: Generation) -> bool:
        successor = min(
            each for each in self._stores.generations.all_on_disk() if each > generation
        )
        now = self._stores.generations.stamp()[1]
        return now - successor / 1000 > LATE_SECONDS


def measure(stores: Stores, generation: Generation) -> Json:
    """Return totals, coverage, delays (ms) and how many users wait, at this moment."""
    newest = stores.statistics.newest(generation, "statistics")
    figures = newest[2].get("figures", {}) if newest else {}
    delays = stores.time_series.delays(generation)
    return {
        "time": time(),
        **figures.get("totals", {}),
        "coverage": figures.get("coverage", 0.0),
        "dead_letters": stores.log.count_dead_letters(generation),
        "waiting": stores.waiting.length(generation),
        "delay_p50_ms": _quantile(delays, 0.5),
        "delay_p95_ms": _quantile(delays, 0.95),
    }


def queue_length(celery: Celery, settings: Settings) -> int | None:
    """Return how many messages wait for ingest; None if the broker does not tell."""
    try:
        [(messages, _)] = counts(celery, settings, ["interactions"], BROKER_SECONDS).values()
        return messages
    except BROKER_ERRORS:
        return None


def _quantile(ordered: list[float], share: float) -> float | None:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None


@cache
def _watch_of_this_process() -> Watch:
    return Watch(stores())


@cache
def _purge_of_this_process() -> Purge:
    return Purge(stores())
