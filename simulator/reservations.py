"""Reservations of exploration slots, for the laboratory and for tests."""

from collections.abc import Sequence

from recs.ranking.reservations import Wish
from recs.types import Row


class LocalReservations:
    """Reservations inside one process. recs.stores.reserved keeps those of the service in Redis."""

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
