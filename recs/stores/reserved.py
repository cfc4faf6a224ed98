"""Items reserved for prepared slates: two slates explore the same item only if necessary."""

from collections.abc import Sequence
from math import ceil

import numpy as np

from recs.ranking.reservations import Wish
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.script import Script
from recs.types import Generation, Row

RESERVED_SECONDS = 120.0
"""After this time the item of an exploration slot that was not served is free again."""


class Reserved:
    """The reservations that all rankers share."""

    def __init__(
        self, redis: Client, namespace: str, ttl_seconds: float = RESERVED_SECONDS
    ) -> None:
        self._namespace = namespace
        self._ttl = ttl_seconds
        self._claim = Script(redis, "claim")

    def claim(self, generation: Generation, now: float, wishes: Sequence[Wish]) -> list[list[Row]]:
        """Fulfil wishes in one call, as described by recs.ranking.reservations.Claim."""
        if not wishes:
            return []
        arguments: list[bytes | str | int] = [repr(now), repr(now + self._ttl), ceil(self._ttl)]
        for wish in wishes:
            arguments += (_pack(wish.release), _pack(wish.preferred), wish.count)
        given = self._claim([Keys(self._namespace, generation).reserved], arguments)
        return [np.frombuffer(rows, "<u4").tolist() for rows in given]


def _pack(rows: Sequence[Row]) -> bytes:
    return np.asarray(rows, "<u4").tobytes()
