"""LightFM's view of the titles: vectors in which liked together means near together."""

from collections.abc import Sequence

import numpy as np

from recs.arrays import GrowingArray
from recs.types import FloatArray, IntArray


class ItemVectors:
    """Unit vectors of the titles that a model knows, by row; nought for the others."""

    def __init__(self, rows: Sequence[int], vectors: FloatArray) -> None:
        """rows: of the titles. vectors: (len(rows), n_dims), of any length."""
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        self._unit = GrowingArray(np.float64, width=vectors.shape[1])
        self._unit.grow_to(max(rows, default=-1) + 1)
        self._unit.view[list(rows)] = vectors / np.maximum(lengths, 1e-12)

    def grow_to(self, n_items: int) -> None:
        """Make room for titles that came since the training."""
        self._unit.grow_to(n_items)

    def fold_in(self, rows: IntArray, tastes: IntArray, dislike_weight: float) -> FloatArray:
        """Place a viewer among the titles: towards his likes, away from his dislikes.

        Returns a unit vector, or nought.
        """
        total = np.where(tastes > 0, 1.0, -dislike_weight) @ self._unit.view[rows]
        length = float(np.linalg.norm(total))
        return np.asarray(total / length if length > 0 else total)

    def cosines(self, viewer: FloatArray, rows: IntArray) -> FloatArray:
        """Nearness of titles to a viewer, (len(rows),)."""
        return np.asarray(self._unit.view[rows] @ viewer)
