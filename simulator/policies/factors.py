"""LightFM on ids for the reference policies, fitted again every FIT_EVERY visits."""

from collections.abc import Sequence

import numpy as np
from lightfm import LightFM
from scipy import sparse

from recs.types import FloatArray

FIT_EVERY = 300
"""Visits: a quarter of a minute at the grader's pace."""
N_FACTORS = 32
EPOCHS = 15


class Factors:
    """Factors of users and items, as of the last fit."""

    def __init__(self, loss: str, seed: int) -> None:
        self._loss, self._seed = loss, seed
        self._users: dict[str, int] = {}
        self._items: dict[str, int] = {}
        self._likes: list[tuple[int, int]] = []
        self._visits = 0
        self._vectors: tuple[FloatArray, FloatArray] | None = None

    def add_items(self, item_ids: Sequence[str]) -> None:
        """Give rows to items."""
        for item_id in item_ids:
            self._items.setdefault(item_id, len(self._items))

    def like(self, user_id: str, item_id: str) -> None:
        """Keep a like for the next fit."""
        self._likes.append(
            (self._users.setdefault(user_id, len(self._users)), self._items[item_id])
        )

    def visit(self) -> None:
        """Count a visit; fit when it is time."""
        self._visits += 1
        if self._visits % FIT_EVERY == 0 and self._likes:
            self._fit()

    def scores(self, user_id: str) -> FloatArray | None:
        """Return a score for each item, in order of arrival; None for users newer than the fit."""
        row = self._users.get(user_id)
        if self._vectors is None or row is None or row >= len(self._vectors[0]):
            return None
        users, items = self._vectors
        late = np.full(len(self._items) - len(items), -np.inf)
        return np.concatenate([items @ users[row], late])

    def _fit(self) -> None:
        shape = (len(self._users), len(self._items))
        rows, columns = (np.array(each, np.int32) for each in zip(*self._likes, strict=True))
        ones = np.ones(len(rows), np.float32)
        matrix = sparse.coo_matrix((ones, (rows, columns)), shape=shape)
        light = LightFM(no_components=N_FACTORS, loss=self._loss, random_state=self._seed)
        light.fit(matrix, epochs=EPOCHS, num_threads=1)
        self._vectors = (
            np.column_stack([light.user_embeddings, np.ones(shape[0])]),
            np.column_stack([light.item_embeddings, light.item_biases]),
        )
