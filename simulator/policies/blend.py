"""The reference solution: LightFM for known users, popular items for new ones, some random."""

from collections.abc import Sequence

import numpy as np

from simulator.policies.factors import Factors
from simulator.policies.popular import TopHundred

PERSONAL = 8
POPULAR = 5
RANDOM_SHARE = 0.05


class LightFMBlend(TopHundred):
    """Eight items by LightFM on ids, or five popular ones; the rest, and 5 % of lists, random."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._factors = Factors("warp", seed)

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Take items into the catalogue."""
        super().add_items(item_ids, genres)
        self._factors.add_items(item_ids)

    def recommend(self, user_id: str) -> list[str]:
        """Return the blend."""
        self._factors.visit()
        if self.random.random() < RANDOM_SHARE:
            return self.filled([], user_id)
        scores = self._factors.scores(user_id)
        if scores is None:
            return self.filled(self.top_for(user_id)[:POPULAR], user_id)
        interacted = self.interacted.get(user_id, set())
        best = [self.item_ids[row] for row in np.argsort(-scores)[: PERSONAL + len(interacted)]]
        return self.filled([item for item in best if item not in interacted][:PERSONAL], user_id)

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Count, and keep a like for the next fit."""
        super().react(user_id, item_id, like)
        if like:
            self._factors.like(user_id, item_id)
