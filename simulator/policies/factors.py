"""LightFM for the reference policies: ids only, trained anew every so many visits."""

from collections.abc import Sequence

import numpy as np
from lightfm import LightFM
from scipy import sparse

from recs.types import FloatArray

TRAIN_EVERY = 300
"""Visits: a quarter of a minute at the grader's pace."""
COMPONENTS = 32
PASSES = 15


class Factors:
    """Users and items as vectors; what was learned by the last training only."""

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
        """Take in a like, for the next training."""
        self._likes.append(
            (self._users.setdefault(user_id, len(self._users)), self._items[item_id])
        )

    def visit(self) -> None:
        """Count a visit, and train when it is time."""
        self._visits += 1
        if self._visits % TRAIN_EVERY == 0 and self._likes:
            self._train()

    def scores(self, user_id: str) -> FloatArray | None:
        """Return a score for each title, in order of arrival; None for who came since."""
        row = self._users.get(user_id)
        if self._vectors is None or row is None or row >= len(self._vectors[0]):
            return None
        users, items = self._vectors
        late = np.full(len(self._items) - len(items), -np.inf)
        return np.concatenate([items @ users[row], late])

    def _train(self) -> None:
        shape = (len(self._users), len(self._items))
        rows, columns = (np.array(each, np.int32) for each in zip(*self._likes, strict=True))
        ones = np.ones(len(rows), np.float32)
        matrix = sparse.coo_matrix((ones, (rows, columns)), shape=shape)
        light = LightFM(no_components=COMPONENTS, loss=self._loss, random_state=self._seed)
        light.fit(matrix, epochs=PASSES, num_threads=1)
        self._vectors = (
            np.column_stack([light.user_embeddings, np.ones(shape[0])]),
            np.column_stack([light.item_embeddings, light.item_biases]),
        )
