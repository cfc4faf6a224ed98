"""Figures for those who watch: totals, samples over time, the most liked titles."""

import json
from collections.abc import Sequence
from typing import cast

from redis import Redis

from recs.stores.keys import Keys
from recs.types import Generation, Json

SAMPLES_KEPT = 900
"""Half an hour of one each two seconds."""
DELAYS_KEPT = 200


class Figures:
    """Counts and times of a generation."""

    def __init__(self, redis: Redis, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace

    def totals(self, generation: Generation) -> dict[str, int]:
        """Return likes, dislikes, undone, interactions, impressions, lists, dead_letters."""
        totals = cast(dict[str, str], self._redis.hgetall(Keys(self._namespace, generation).totals))
        return {name: int(count) for name, count in totals.items()}

    def coverage(self, generation: Generation) -> float:
        """Return the share of the catalogue that was ever listed."""
        keys = Keys(self._namespace, generation)
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.zcard(keys.impressions)
        pipeline.llen(keys.items)
        listed, known = pipeline.execute()
        return listed / known if known else 0.0

    def most(self, generation: Generation, what: str, count: int) -> list[Json]:
        """Return items with the highest counts of `likes`, `dislikes` or `impressions`."""
        key = getattr(Keys(self._namespace, generation), what)
        pairs = cast(
            list[tuple[str, float]], self._redis.zrevrange(key, 0, count - 1, withscores=True)
        )
        return [{"item_id": item, "count": int(number)} for item, number in pairs]

    def write_top(self, generation: Generation, count: int = 100) -> None:
        """Keep the most liked items in one string."""
        top = json.dumps(self.most(generation, "likes", count))
        self._redis.set(Keys(self._namespace, generation).top, top)

    def top(self, generation: Generation) -> list[Json]:
        """Return the most liked items, as last kept."""
        kept: list[Json] = json.loads(self._redis.get(Keys(self._namespace, generation).top) or "[]")
        return kept

    def note_delays(self, generation: Generation, milliseconds: Sequence[float]) -> None:
        """Remember how long interactions took to change a list."""
        if milliseconds:
            key = Keys(self._namespace, generation).delays
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.lpush(key, *(f"{each:.1f}" for each in milliseconds))
            pipeline.ltrim(key, 0, DELAYS_KEPT - 1)
            pipeline.execute()

    def delays(self, generation: Generation) -> list[float]:
        """Return the latest delays in milliseconds, lowest first."""
        return sorted(map(float, self._redis.lrange(Keys(self._namespace, generation).delays, 0, -1)))

    def keep_sample(self, generation: Generation, sample: Json) -> None:
        """Put a sample before the others."""
        key = Keys(self._namespace, generation).samples
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.lpush(key, json.dumps(sample))
        pipeline.ltrim(key, 0, SAMPLES_KEPT - 1)
        pipeline.execute()

    def samples(self, generation: Generation, count: int) -> list[Json]:
        """Return the latest samples, newest first."""
        key = Keys(self._namespace, generation).samples
        return [json.loads(text) for text in self._redis.lrange(key, 0, count - 1)]
