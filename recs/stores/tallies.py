"""Counts of all workers together: sums in one Redis hash, which survive restarts of workers."""

import json
from collections.abc import Mapping
from typing import cast

from recs.stores import keys
from recs.stores.connection import Client

Sample = tuple[str, tuple[tuple[str, str], ...]]
"""Name, and its labels in alphabetical order."""


class Tallies:
    """The counts of one namespace."""

    def __init__(self, redis: Client, namespace: str) -> None:
        self._redis = redis
        self._key = keys.tallies(namespace)

    def add(self, amounts: Mapping[Sample, float], latest: Mapping[Sample, float]) -> None:
        """Add `amounts` to the sums, and set the values in `latest`; in one call.

        Raises RedisError: then some may have been added.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for sample, amount in amounts.items():
            pipeline.hincrbyfloat(self._key, json.dumps(sample), amount)
        for sample, value in latest.items():
            pipeline.hset(self._key, json.dumps(sample), repr(value))
        pipeline.execute()

    def all(self) -> dict[Sample, float]:
        """Return all sums and latest values. Raises RedisError."""
        found = cast(dict[bytes, bytes], self._redis.hgetall(self._key))
        return {_sample(field): float(value) for field, value in found.items()}


def _sample(field: bytes) -> Sample:
    name, labels = json.loads(field)
    return name, tuple((label, value) for label, value in labels)
