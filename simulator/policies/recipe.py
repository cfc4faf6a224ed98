"""The recipe that we started from, by itself: it stays as it is, whatever ours becomes.

Optimism, activity, lifts, genre cosine, a little re-ranking (the project's first paper on quality).
Without LightFM, as its figures were measured.
"""

from collections.abc import Sequence

import numpy as np

from recs.types import FloatArray, IntArray
from simulator.policies.recipe_lifts import Lifts, Log
from simulator.scores import LENGTH

GENRE_WEIGHT, LIKE_WEIGHT, REACTION_WEIGHT, OVERLAP_WEIGHT = 0.5, 0.4, 0.3, 0.3
DISLIKE = -0.5
POPULAR, OF_GENRE, GENRES, RECENT, FRESH, FRESH_POOL, SHORTLIST = 200, 120, 5, 20, 300, 2000, 60
COUNT_EVERY = 10
"""Visits between two background passes: half a second gives what the paper has."""
GROWTH = 0.02
"""Share of new reactions from which on a pass computes lifts, where a history was brought: it takes
seconds then. Without one every pass computes them."""


class Recipe:
    """Ranks each visit anew."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._names: dict[str, int] = {}
        self._genres_of: list[list[int]] = []
        self._genres = np.zeros((0, 0))
        self._log = Log(0)
        self._lifts = Lifts.none(0)
        self._visits = self._counted = 0
        self._growth = 0.0

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Take items into the catalogue."""
        for item_id, names in zip(item_ids, genres, strict=True):
            self._rows[item_id] = len(self._ids)
            self._ids.append(item_id)
            self._genres_of.append(
                [self._names.setdefault(name, len(self._names)) for name in names]
            )
        self._genres = np.zeros((len(self._ids), len(self._names)))
        for row, columns in enumerate(self._genres_of):
            self._genres[row, columns] = 1.0
        self._log.grow(len(self._ids))
        self._lifts = self._log.lifts()

    def learn(self) -> None:
        """Count what was imported."""
        self._count()
        self._growth = GROWTH

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Take in an interaction."""
        self._log.react(user_id, self._rows[item_id], like)

    def recommend(self, user_id: str) -> list[str]:
        """Return the best ten for this visit."""
        self._visits += 1
        if self._visits % COUNT_EVERY == 0:
            self._count()
        signs, shown = self._log.signs(user_id), self._log.shown(user_id)
        rates = self._log.rates()[0]
        affinity = self._affinity(signs)
        hidden = np.zeros(len(rates), np.bool_)
        hidden[shown] = hidden[list(signs)] = True
        rows = self._candidates(rates, affinity, list(signs)[-RECENT:], hidden)
        best = self._listed(rows, self._scores(rows, rates, affinity, signs), newcomer=not signs)
        self._log.show(user_id, best, rates[best])
        return [self._ids[row] for row in best.tolist()]

    def _count(self) -> None:
        self._log.recompute_exposure()
        if self._log.n_reactions > self._counted * (1 + self._growth):
            self._lifts = self._log.lifts()
            self._counted = self._log.n_reactions

    def _affinity(self, signs: dict[int, bool]) -> FloatArray:
        """Return a user's genres, (n_genres,)."""
        weights = np.where(list(signs.values()), 1.0, DISLIKE) if signs else np.zeros(0)
        return np.asarray(weights @ _unit(self._genres[list(signs)]))

    def _candidates(
        self, rates: FloatArray, affinity: FloatArray, recent: list[int], hidden: "np.ndarray"
    ) -> IntArray:
        order = np.argsort(-np.where(hidden, -1.0, rates), kind="stable")
        parts = [order[:POPULAR]]
        for column in np.argsort(-affinity)[:GENRES].tolist():
            if affinity[column] > 0:
                parts.append(order[self._genres[order, column] > 0][:OF_GENRE])
        parts += [self._lifts.near(row) for row in recent]
        fresh = np.argpartition(self._log.impressions, min(FRESH_POOL, len(rates) - 1))[:FRESH_POOL]
        parts.append(self._rng.permutation(fresh)[:FRESH])
        rows = np.unique(np.concatenate(parts))
        return np.asarray(rows[~hidden[rows]])

    def _scores(
        self, rows: IntArray, rates: FloatArray, affinity: FloatArray, signs: dict[int, bool]
    ) -> FloatArray:
        scores = np.log(rates[rows])
        if signs:
            cosines = _unit(self._genres[rows]) @ affinity
            scores += GENRE_WEIGHT * cosines / (np.abs(cosines).max(initial=0.0) or 1.0)
            liked = [row for row, like in signs.items() if like]
            scores += LIKE_WEIGHT * self._lifts.liked(liked)[rows] / max(len(liked), 1) ** 0.5
            scores += REACTION_WEIGHT * self._lifts.any(list(signs))[rows] / len(signs) ** 0.5
        return np.asarray(scores)

    def _listed(self, rows: IntArray, scores: FloatArray, newcomer: bool) -> IntArray:
        """Return a varied list out of the best, and the least shown at its end."""
        n_fresh = min(2 if newcomer else 1, len(rows))
        fresh = np.lexsort((-scores, self._log.impressions[rows]))[:n_fresh]
        short = np.argsort(-scores, kind="stable")[:SHORTLIST]
        short = short[~np.isin(short, fresh)]
        genres = self._genres[rows[short]]
        overlap, chosen = np.zeros(len(short)), list[int]()
        left = scores[short].copy()
        while len(chosen) < min(LENGTH - n_fresh, len(short)):
            best = int(np.argmax(left - OVERLAP_WEIGHT * overlap / max(len(chosen), 1)))
            left[best] = -np.inf
            both = genres @ genres[best]
            either = genres.sum(axis=1) + genres[best].sum() - both
            overlap += np.where(either > 0, both / np.maximum(either, 1.0), 1.0)
            chosen.append(best)
        return np.asarray(np.concatenate([rows[short[chosen]], rows[fresh]]))


def _unit(genres: FloatArray) -> FloatArray:
    lengths = np.sqrt(genres.sum(axis=1, keepdims=True))
    return np.asarray(genres / np.maximum(lengths, 1.0))
