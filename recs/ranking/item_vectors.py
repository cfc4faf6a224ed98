"""LightFM's view of the items: vectors in which liked together means near together."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recs.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class ItemVectors:
    """Unit vectors by row, (n_items, components); 0 for an item that the model does not know.

    Rows beyond the end are items that came after the training.
    """

    vectors: NDArray[np.float32]

    def fold_in(self, rows: IntArray, weights: FloatArray) -> FloatArray:
        """Place a user among the items: towards their likes, away from their dislikes.

        rows, weights: (n,), see ratings.taste_weights. Returns a unit vector, or 0.
        """
        inside = rows < len(self.vectors)
        total = weights[inside] @ self.vectors[rows[inside]]
        length = float(np.linalg.norm(total))
        return np.asarray(total / length if length > 0 else total)

    def cosines(self, user: FloatArray, rows: IntArray) -> FloatArray:
        """Return how near items are to a user's vector, (len(rows),)."""
        inside = rows < len(self.vectors)
        return np.where(inside, self.vectors[np.where(inside, rows, 0)] @ user, 0.0)

    def nearest(self, rows: IntArray, user: FloatArray, count: int) -> IntArray:
        """Return so many of these items, the nearest to a user's vector, in no order.

        In proportion to `rows`: 3 ms for 100,000. An index finds the nearest of all items faster.
        """
        if len(rows) <= count:
            return rows
        return rows[np.argpartition(-self.cosines(user, rows), count - 1)[:count]]
