"""Deletes what old generations have left, in portions."""

from collections.abc import Iterator
from time import monotonic
from typing import cast

from recs.stores import Stores, keys
from recs.stores.keys import Keys
from recs.stores.nodes import delete_matching
from recs.types import Generation

LATE_SECONDS = 60.0
"""How long after the end of a generation a process that stood still may still write a key of it."""


class Purge:
    """Deletes older generations' keys in Redis, their statistics and their models.

    Their log, their catalogue and the metrics of their models stay.
    """

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._purged = keys.purged(stores.settings.namespace)
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
