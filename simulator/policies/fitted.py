"""A recommender that is fitted to a history, and tuned on the newest part of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

import numpy as np
from scipy import sparse

from recs.types import FloatArray, IntArray
from simulator.scores import LENGTH

HELD_BACK = 0.2
"""Share of each user's history, the newest, by which settings are chosen."""

Predict = Callable[[IntArray, sparse.csr_array], FloatArray]
"""Takes users (n,) and what they like (n, n_items); returns scores (n, n_items), a copy."""


class Fitted(ABC):
    """Scores all items, and leaves out what a user interacted with or was shown.

    settings: those to try. The best by precision on the newest part of the *history* fit the whole
    history. Later likes count at once if a model can fold them in; it is not fitted again.
    """

    settings: ClassVar[Sequence[Mapping[str, float]]] = ({},)

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._users: dict[str, int] = {}
        self._signs: list[dict[int, bool]] = []
        self._shown: list[set[int]] = []
        self._predict: Predict | None = None

    @abstractmethod
    def fit(self, likes: sparse.csr_array, **settings: float) -> Predict:
        """Fit (n_users, n_items) likes."""

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Give rows to items."""
        for item_id in item_ids:
            self._rows[item_id] = len(self._rows)
            self._ids.append(item_id)

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Take in an interaction."""
        self._signs[self._user(user_id)][self._rows[item_id]] = like

    def learn(self) -> None:
        """Choose settings, and fit what has come so far."""
        best: Mapping[str, float] = self.settings[0]
        if len(self.settings) > 1:
            best = max(self.settings, key=lambda settings: self._quality(**settings))
        self._predict = self.fit(self._likes(self._signs), **best)

    def recommend(self, user_id: str) -> list[str]:
        """Return the best ten; nothing before the first fit."""
        user = self._user(user_id)
        if self._predict is None:
            return []
        theirs = self._likes([self._signs[user]])
        scores = self._predict(np.array([user]), theirs)[0]
        scores[[*self._signs[user], *self._shown[user]]] = -np.inf
        best = np.argsort(-scores, kind="stable")[:LENGTH].tolist()
        self._shown[user].update(best)
        return [self._ids[row] for row in best]

    def _quality(self, **settings: float) -> float:
        """Return the precision of first lists on held-back likes."""
        old = [_first(signs, 1.0 - HELD_BACK) for signs in self._signs]
        likes = self._likes(old)
        predict, hits = self.fit(likes, **settings), 0
        users = np.arange(len(old))
        for some in np.array_split(users, max(len(users) // 200, 1)):
            scores = predict(some, likes[some])
            for user, row in zip(some.tolist(), scores, strict=True):
                row[list(old[user])] = -np.inf
                best = np.argpartition(-row, min(LENGTH, len(row) - 1))[:LENGTH]
                signs = self._signs[user]
                hits += sum(signs.get(item, False) for item in best.tolist())
        return hits / max(len(users), 1)

    def _likes(self, signs: Sequence[Mapping[int, bool]]) -> sparse.csr_array:
        """Return (len(signs), n_items), 1 for a like."""
        rows = [[row for row, like in each.items() if like] for each in signs]
        columns = np.array([row for each in rows for row in each], np.int64)
        starts = np.concatenate([[0], np.cumsum([len(each) for each in rows])]).astype(np.int64)
        ones = np.ones(len(columns), np.float32)
        return sparse.csr_array((ones, columns, starts), shape=(len(signs), len(self._rows)))

    def _user(self, user_id: str) -> int:
        if user_id not in self._users:
            self._users[user_id] = len(self._users)
            self._signs.append({})
            self._shown.append(set())
        return self._users[user_id]


def _first(signs: Mapping[int, bool], share: float) -> dict[int, bool]:
    return dict(list(signs.items())[: round(share * len(signs))])
