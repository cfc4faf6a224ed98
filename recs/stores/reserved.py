"""Items that prepared slates explore already: no two slates explore the same one without need."""

from collections.abc import Sequence
from math import ceil

import numpy as np

from recs.ranking.reservations import Wish
from recs.stores.connection import Client, Script
from recs.stores.keys import Keys
from recs.types import Generation, Row

RESERVED_SECONDS = 120.0
"""An exploration slot that is not served by then lets go of its item."""


class Reserved:
    """Shared by all rankers. recs.ranking.reservations.LocalReservations does the same locally."""

    def __init__(
        self, redis: Client, namespace: str, ttl_seconds: float = RESERVED_SECONDS
    ) -> None:
        self._namespace = namespace
        self._ttl = ttl_seconds
        self._claim = Script(redis, "claim")

    def claim(self, generation: Generation, now: float, wishes: Sequence[Wish]) -> list[list[Row]]:
        """Fulfil wishes as recs.ranking.reservations.Claim says, in one call."""
        if not wishes:
            return []
        arguments: list[bytes | str | int] = [repr(now), repr(now + self._ttl), ceil(self._ttl)]
        for wish in wishes:
            arguments += (_pack(wish.release), _pack(wish.preferred), wish.count)
        given = self._claim([Keys(self._namespace, generation).reserved], arguments)
        return [np.frombuffer(rows, "<u4").tolist() for rows in given]


def _pack(rows: Sequence[Row]) -> bytes:
    return np.asarray(rows, "<u4").tobytes()
