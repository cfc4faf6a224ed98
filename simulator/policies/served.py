"""Our ranking with the delays of the service: slates are prepared before they are asked for."""

from recs.ranking.settings import RankingSettings
from recs.ranking.slates import NO_ENTRIES, Entries
from recs.types import Row
from simulator.policies.ours import Ours, rows_of

N_LISTS = 3
RESTOCK_EVERY = 10
"""Visits between two restockings of cold-start slates: half a second."""
COLD_START_SLATES = RESTOCK_EVERY
"""The service prepares more, but nobody would take them before the next restocking."""
OLD_AFTER = 100
"""Visits after which the service ranks a slate again by itself: five seconds."""


class Served(Ours):
    """Ours with the delays of the service.

    A slate is ranked again after an interaction. Otherwise its next lists are served until it is
    old or used up. Newcomers get cold-start slates that were prepared shortly before.
    """

    def __init__(self, seed: int, settings: RankingSettings | None = None) -> None:
        super().__init__(seed, settings)
        self._slates: dict[str, tuple[int, Entries]] = {}
        self._cold_start: list[Entries] = []

    def list_for(self, user_id: str) -> list[Row]:
        """Serve the next ten of a prepared slate."""
        if user_id not in self._slates and self._cold_start:
            self._slates[user_id] = self.visits, self._cold_start.pop(0)
        ranked_at, slate = self._slates.get(user_id, (0, NO_ENTRIES))
        length = self.settings.list_length
        if len(slate) < length or self.visits - ranked_at > OLD_AFTER:
            ranked_at, slate = self.visits, self.slate_for(user_id, slate, N_LISTS)
        self._slates[user_id] = ranked_at, slate[length:]
        return rows_of(slate[:length])

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Take in an interaction; the slate is ranked again before the user comes back."""
        super().react(user_id, item_id, like)
        left = self._slates.get(user_id, (0, NO_ENTRIES))[1]
        self._slates[user_id] = -OLD_AFTER - 1, left

    def pass_time(self) -> None:
        """Restock cold-start slates, too."""
        super().pass_time()
        if self.visits % RESTOCK_EVERY == 1 or not self._cold_start:
            self._cold_start = self.ranker.cold_start_slates(
                self.sources(), self.claim, COLD_START_SLATES, N_LISTS, self._cold_start
            )
