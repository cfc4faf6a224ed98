"""Textbook recommenders for users who bring a history: fitted to it once, and never again."""

from collections.abc import Sequence

import numpy as np
from lightfm import LightFM
from scipy import sparse

from recs.training.ease import Likes, fit_ease
from recs.types import FloatArray
from simulator.scores import LENGTH

COSINE_SHRINKAGE = 10.0
EASE_REGULARIZATION = 100.0
EASE_ITEMS = 4_000
LIGHTFM_COMPONENTS, LIGHTFM_EPOCHS = 64, 30
"""Each tuned on ml-latest-small, by the same split."""


class Fitted:
    """Scores all items by the history, leaves out what a user interacted with or was shown."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rows: dict[str, int] = {}
        self.users: dict[str, int] = {}
        self.likes: list[tuple[int, int]] = []
        self.hidden: dict[str, set[int]] = {}
        self.matrix = sparse.csr_array((0, 0))

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Give rows to items."""
        for item_id in item_ids:
            self.rows.setdefault(item_id, len(self.rows))

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Take in an interaction."""
        user, row = self.users.setdefault(user_id, len(self.users)), self.rows[item_id]
        self.hidden.setdefault(user_id, set()).add(row)
        if like:
            self.likes.append((user, row))

    def learn(self) -> None:
        """Fit what has come so far."""
        users, rows = np.array(self.likes, np.int64).reshape(-1, 2).T
        shape = (len(self.users), len(self.rows))
        self.matrix = sparse.csr_array((np.ones(len(users)), (users, rows)), shape=shape)
        self.fit(users, rows)

    def recommend(self, user_id: str) -> list[str]:
        """Return the best ten."""
        scores = self.scores(self.users[user_id])
        hidden = self.hidden.setdefault(user_id, set())
        scores[list(hidden)] = -np.inf
        best = np.argsort(-scores, kind="stable")[:LENGTH].tolist()
        hidden.update(best)
        ids = list(self.rows)
        return [ids[row] for row in best]

    def fit(self, users: "np.ndarray", rows: "np.ndarray") -> None:
        """Learn from likes; (n_likes,) each."""

    def scores(self, user: int) -> FloatArray:
        """Return a score for each item, to be written over."""
        return np.zeros(len(self.rows))

    def likes_of(self, user: int) -> FloatArray:
        """Return 1 for each item that a user likes, (n_items,)."""
        return np.asarray(self.matrix[[user]].toarray()[0])


class MostPopular(Fitted):
    """By the number of likes."""

    def scores(self, user: int) -> FloatArray:
        """Return the same for everybody."""
        return np.asarray(self.matrix.sum(axis=0), np.float64)


class ItemCosine(Fitted):
    """By cosines of items to a user's likes."""

    def fit(self, users: "np.ndarray", rows: "np.ndarray") -> None:
        """Compute all cosines."""
        together = (self.matrix.T @ self.matrix).toarray()
        lengths = np.sqrt(np.diag(together))
        self._weights = together / (np.outer(lengths, lengths) + COSINE_SHRINKAGE)
        np.fill_diagonal(self._weights, 0.0)

    def scores(self, user: int) -> FloatArray:
        """Sum the cosines."""
        return np.asarray(self.likes_of(user) @ self._weights)


class EaseOnly(Fitted):
    """By EASE alone."""

    def fit(self, users: "np.ndarray", rows: "np.ndarray") -> None:
        """Invert."""
        likes = Likes(users, rows, np.ones(len(users), np.bool_))
        self._chosen, self._weights = fit_ease(
            likes, len(self.rows), EASE_ITEMS, EASE_REGULARIZATION
        )

    def scores(self, user: int) -> FloatArray:
        """Sum the weights."""
        scores = np.full(len(self.rows), -1e9)
        scores[self._chosen] = self.likes_of(user)[self._chosen] @ self._weights
        return scores


class LightFMOnly(Fitted):
    """By LightFM (WARP) on ids, with biases."""

    def fit(self, users: "np.ndarray", rows: "np.ndarray") -> None:
        """Fit from nothing."""
        self._light = LightFM(no_components=LIGHTFM_COMPONENTS, loss="warp", random_state=self.seed)
        where = (users.astype(np.int32), rows.astype(np.int32))  # LightFM reads 32 bits only
        ones = np.ones(len(users), np.float32)
        matrix = sparse.coo_matrix((ones, where), shape=self.matrix.shape)
        self._light.fit(matrix, epochs=LIGHTFM_EPOCHS, num_threads=1)

    def scores(self, user: int) -> FloatArray:
        """Return LightFM's score."""
        light = self._light
        return np.asarray(
            light.item_embeddings @ light.user_embeddings[user] + light.item_biases, np.float64
        )
