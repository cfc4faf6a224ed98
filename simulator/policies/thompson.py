"""The best earlier solution: Thompson sampling per item, plus BPR factors."""

from collections.abc import Sequence

import numpy as np

from recs.types import FloatArray
from simulator.policies.factors import Factors
from simulator.scores import LENGTH

PRIOR_LIKES, PRIOR_MISSES = 1.0, 60.0
"""Few impressions lead to a like: with a flat prior, everything would be tried many times."""
FACTOR_WEIGHT = 0.5


class ThompsonFactors:
    """Score: log of a sampled like rate, plus the score by factors. Nothing is shown twice."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._item_ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._likes = self._shown = np.zeros(0)
        self._seen: dict[str, list[int]] = {}
        self._factors = Factors("bpr", seed)

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Take items into the catalogue."""
        for item_id in item_ids:
            self._rows[item_id] = len(self._item_ids)
            self._item_ids.append(item_id)
        more = np.zeros(len(item_ids))
        self._likes = np.concatenate([self._likes, more])
        self._shown = np.concatenate([self._shown, more])
        self._factors.add_items(item_ids)

    def recommend(self, user_id: str) -> list[str]:
        """Return the best unseen items by sampled score."""
        self._factors.visit()
        misses = self._shown - self._likes
        scores: FloatArray = np.log(
            self._rng.beta(PRIOR_LIKES + self._likes, PRIOR_MISSES + misses)
        )
        personal = self._factors.scores(user_id)
        if personal is not None:
            known = np.isfinite(personal)
            spread = personal[known].std() or 1.0
            scores[known] += FACTOR_WEIGHT * (personal[known] - personal[known].mean()) / spread
        seen = self._seen.setdefault(user_id, [])
        scores[seen] = -np.inf
        best = np.argsort(-scores)[: min(LENGTH, len(scores) - len(seen))].tolist()
        self._shown[best] += 1
        seen.extend(best)
        return [self._item_ids[row] for row in best]

    def learn(self) -> None:
        """Do nothing: `recommend` fits."""

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Count likes."""
        if like:
            self._likes[self._rows[item_id]] += 1
            self._factors.like(user_id, item_id)
