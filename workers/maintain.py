"""Background work, in portions: replays the log, purges old generations, takes samples.

It has its own queue and process, so that it never delays a slate. Each task ends at its own
deadline, and the next one continues there.
"""

import logging
from collections.abc import Callable
from functools import cache
from time import monotonic, time

from recs.stores import Stores
from recs.stores.losses import eviction_policy
from recs.types import Generation
from workers import ask_for_ranking, celery, settings, stores
from workers.purge import Purge
from workers.samples import measure, queue_length

log = logging.getLogger(__name__)

RECONCILE_SECONDS = 5.0
PURGE_SECONDS = 2.0
LOOK_SECONDS = 20.0
REPLAY_PAUSE_SECONDS, REPLAY_PAUSE_SECONDS_MOST = 30.0, 600.0
"""Shortest and longest pause between two replays of the whole log, while Redis goes on losing keys.
"""


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
    waiting = queue_length(celery, settings().queue("interactions"))
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

    def run(self) -> None:
        """Look, if it is time to. Raises RedisError, OSError."""
        if self._clock() < self._look_at:
            return
        self._look_at = self._clock() + LOOK_SECONDS
        generation = self._stores.generations.current()
        self._delete_foreign(generation)
        if not self._stores.shared_folder.hold():
            folder = self._stores.settings.data_dir.resolve()
            log.error("processes with another DATA_DIR than %s run on this Redis", folder)
        self._stores.waiting.put_clock_back(generation, time())
        self._warn_of_eviction()
        self._look_for_losses(generation)

    def _delete_foreign(self, generation: Generation) -> None:
        """Delete what stands in the place of our own keys, and have the log replayed."""
        foreign = self._stores.losses.foreign(generation)
        if not foreign:
            return
        log.error(
            "keys of Redis are not of the type that this service writes: %s. They are deleted, and "
            "the log is replayed. Another program must not use NAMESPACE.",
            ", ".join(foreign),
        )
        for key in foreign:
            self._stores.redis.delete(key)
        self._stores.applied.forget(generation)

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
            log.warning(
                "Redis evicts keys when its memory is full (maxmemory-policy %s): users lose their "
                "interactions until these are replayed. Set maxmemory-policy noeviction, and "
                "enough memory.",
                policy,
            )
        self._policy = policy


@cache
def _watch_of_this_process() -> Watch:
    return Watch(stores())


@cache
def _purge_of_this_process() -> Purge:
    return Purge(stores())
