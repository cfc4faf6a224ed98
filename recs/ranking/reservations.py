"""Reservations of items in exploration slots, so that no two prepared slates explore the same item.

A slate is prepared long before it is served. Without reservations, all slates prepared in that time
would explore the same items: those shown least.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recs.types import Row


@dataclass(frozen=True, slots=True)
class Wish:
    """What one new slate wants to explore.

    release: rows that the user's previous slate explored and that were not served. preferred: rows,
    best first. count: how many of them are wanted.
    """

    release: Sequence[Row]
    preferred: Sequence[Row]
    count: int


Claim = Callable[[Sequence[Wish]], Sequence[Sequence[Row]]]
"""First releases the rows of all wishes to release, then reserves and returns rows for each wish.

If too few preferred rows are free, a wish also gets reserved ones, starting with those whose
reservation ends first. It gets fewer than `count` only if `preferred` is shorter. See
recs/stores/reserved.py.
"""


class LocalReservations:
    """Reservations inside one process: for the laboratory and for tests."""

    def __init__(self, ttl_seconds: float) -> None:
        self._ttl = ttl_seconds
        self._ends: dict[Row, float] = {}

    def claim(self, now: float, wishes: Sequence[Wish]) -> list[list[Row]]:
        """Fulfil wishes, as `Claim` says."""
        for wish in wishes:
            for row in wish.release:
                self._ends.pop(row, None)
        self._ends = {row: end for row, end in self._ends.items() if end > now}
        return [self._give(now, wish) for wish in wishes]

    def _give(self, now: float, wish: Wish) -> list[Row]:
        """Take free rows first, then those whose reservation ends first."""
        ends = self._ends
        preferred = list(dict.fromkeys(wish.preferred))
        free = [row for row in preferred if row not in ends]
        reserved = sorted((row for row in preferred if row in ends), key=ends.__getitem__)
        given = (free + reserved)[: wish.count]
        ends.update(dict.fromkeys(given, now + self._ttl))
        return given
