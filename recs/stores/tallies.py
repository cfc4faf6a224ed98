"""Counts of all workers together: sums in one Redis hash, which survive restarts of workers."""

import json
from collections.abc import Mapping
from itertools import chain
from typing import cast

from recs.stores import keys
from recs.stores.connection import Client
from recs.stores.script import Script

Sample = tuple[str, tuple[tuple[str, str], ...]]
"""Name, and its labels in alphabetical order."""
PUSH_SECONDS = 3_600
"""How long the number of a process's last push is kept: longer than it repeats a push."""


class Tallies:
    """The counts of one namespace."""

    def __init__(self, redis: Client, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace
        self._key = keys.tallies(namespace)
        self._add = Script(redis, "add_tallies")

    def add(
        self,
        amounts: Mapping[Sample, float],
        latest: Mapping[Sample, float],
        process: str,
        number: int,
    ) -> None:
        """Add `amounts` to the sums, and set the values in `latest`.

        number: of this push of the process, from 1. A push that was added already is left out.
        Raises RedisError: then it may have been added, and should be repeated with its number.
        """
        samples = chain(amounts.items(), latest.items())
        pairs = [(json.dumps(sample), repr(value)) for sample, value in samples]
        self._add(
            (self._key, keys.last_push(self._namespace, process)),
            (number, PUSH_SECONDS, len(amounts), *chain.from_iterable(pairs)),
        )

    def all(self) -> dict[Sample, float]:
        """Return all sums and latest values. Raises RedisError."""
        found = cast(dict[bytes, bytes], self._redis.hgetall(self._key))
        return {_sample(field): float(value) for field, value in found.items()}


def _sample(field: bytes) -> Sample:
    name, labels = json.loads(field)
    return name, tuple((label, value) for label, value in labels)
