"""Items that prepared slates explore already: no two slates explore the same one without need."""

from collections.abc import Sequence
from math import ceil
from typing import Protocol

import numpy as np

from recs.ranking.reservations import Wish
from recs.stores.connection import Client, Script
from recs.stores.keys import Keys
from recs.types import Generation, Row

RESERVED_SECONDS = 120.0
"""An exploration slot that is not served by then lets go of its item."""


class Reservations(Protocol):
    """What rankers need of it."""

    def claim(self, generation: Generation, now: float, wishes: Sequence[Wish]) -> list[list[Row]]:
        """Release what the wishes release, then give each its rows, reserved from now on.

        Where too few of those preferred are free, reserved ones follow, those first whose
        reservation ends first. Fewer than `count` only if fewer are preferred.
        """
        ...


class Reserved:
    """Shared by all rankers."""

    def __init__(
        self, redis: Client, namespace: str, ttl_seconds: float = RESERVED_SECONDS
    ) -> None:
        self._namespace = namespace
        self._ttl = ttl_seconds
        self._claim = Script(redis, "claim")

    def claim(self, generation: Generation, now: float, wishes: Sequence[Wish]) -> list[list[Row]]:
        """See Reservations. One call."""
        if not wishes:
            return []
        arguments: list[bytes | str | int] = [repr(now), repr(now + self._ttl), ceil(self._ttl)]
        for wish in wishes:
            arguments += (_pack(wish.release), _pack(wish.preferred), wish.count)
        given = self._claim([Keys(self._namespace, generation).reserved], arguments)
        return [np.frombuffer(rows, "<u4").tolist() for rows in given]


class LocalReserved:
    """The same in one process: for the laboratory and for tests."""

    def __init__(self, ttl_seconds: float) -> None:
        self._ttl = ttl_seconds
        self._ends: dict[Generation, dict[Row, float]] = {}

    def claim(self, generation: Generation, now: float, wishes: Sequence[Wish]) -> list[list[Row]]:
        """See Reservations."""
        ends = {row: end for row, end in self._ends.get(generation, {}).items() if end > now}
        self._ends[generation] = ends
        for wish in wishes:
            for row in wish.release:
                ends.pop(row, None)
        return [self._give(ends, now, wish) for wish in wishes]

    def _give(self, ends: dict[Row, float], now: float, wish: Wish) -> list[Row]:
        preferred = list(dict.fromkeys(wish.preferred))
        free = [row for row in preferred if row not in ends]
        reserved = sorted((row for row in preferred if row in ends), key=ends.__getitem__)
        given = (free + reserved)[: wish.count]
        ends.update(dict.fromkeys(given, now + self._ttl))
        return given


def _pack(rows: Sequence[Row]) -> bytes:
    return np.asarray(rows, "<u4").tobytes()
