"""Items that wait in exploration slots of prepared slates, so that no two slates explore the same.

A slate is prepared long before it is served. Without reservations all slates prepared meanwhile, by
however many rankers, would explore the same items: those shown least.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recs.types import Row


@dataclass(frozen=True, slots=True)
class Wish:
    """What one new slate wants to explore.

    release: rows that the user's slate before explored and that were not served. preferred: rows,
    the best first. count: how many of them are wanted.
    """

    release: Sequence[Row]
    preferred: Sequence[Row]
    count: int


Claim = Callable[[Sequence[Wish]], Sequence[Sequence[Row]]]
"""Releases what the wishes release, then gives each its rows, reserved from now on.

Where too few of those preferred are free, reserved ones follow, those first whose reservation ends
first. A wish gets fewer than its count only if it prefers fewer. See recs/stores/reserved.py.
"""


class LocalReservations:
    """The same in one process: for the laboratory and for tests."""

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
