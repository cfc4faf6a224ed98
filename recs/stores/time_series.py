"""Time series for the dashboard: samples of the service's activity, and delays of interactions."""

import json
from collections.abc import Sequence
from typing import cast

from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.types import Generation, Json

SAMPLES_KEPT = 360
"""Half an hour, with one sample every five seconds."""
DELAYS_KEPT = 200


class TimeSeries:
    """The newest values of a generation."""

    def __init__(self, redis: Client, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace

    def note_delays(self, generation: Generation, milliseconds: Sequence[float]) -> None:
        """Remember how long interactions took to change a slate."""
        key = Keys(self._namespace, generation).delays
        self._push(key, [f"{each:.1f}" for each in milliseconds], DELAYS_KEPT)

    def delays(self, generation: Generation) -> list[float]:
        """Return the latest delays in milliseconds, lowest first."""
        key = Keys(self._namespace, generation).delays
        return sorted(map(float, cast(list[bytes], self._redis.lrange(key, 0, -1))))

    def add_sample(self, generation: Generation, sample: Json) -> None:
        """Add the newest sample."""
        key = Keys(self._namespace, generation).samples
        self._push(key, [json.dumps(sample)], SAMPLES_KEPT)

    def samples(self, generation: Generation, count: int) -> list[Json]:
        """Return the latest samples, newest first."""
        key = Keys(self._namespace, generation).samples
        texts = cast(list[bytes], self._redis.lrange(key, 0, count - 1))
        return [json.loads(text) for text in texts]

    def _push(self, key: str, values: Sequence[str], kept: int) -> None:
        if values:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.lpush(key, *values)
            pipeline.ltrim(key, 0, kept - 1)
            pipeline.execute()
