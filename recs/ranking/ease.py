"""EASE: what the items that a user likes say of all others, learned from everybody's likes at once.

H. Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019. It learns to foresee each
item from all the others, so two items that are liked together only because both are popular say
nothing of each other.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recs.types import FloatArray, IntArray

RECENT_LIKES = 10.0
"""Likes after which one has aged by 1 - 1/e of all that it ever ages."""


@dataclass(frozen=True, slots=True)
class Ease:
    """A model of the items with most likes.

    rows: (k,) their rows. weights: (k, k) float32; weights[j, i] is what a like of j adds to the
    chance of a like of i. trust: what these chances count beside an item's rate. old: what a like
    of long ago counts beside the newest one. Both are found by recs/training/ease.py. places:
    (n_items,), of each row in `rows`, -1 for an item left out.
    """

    rows: IntArray
    weights: NDArray[np.float32]
    trust: float
    old: float
    places: IntArray

    @classmethod
    def of(
        cls,
        rows: IntArray,
        weights: NDArray[np.float32],
        n_items: int,
        trust: float = 1.0,
        old: float = 1.0,
    ) -> "Ease":
        """Join what `fit_ease` returned to a catalogue of so many rows."""
        places = np.full(n_items, -1, np.int64)
        places[rows] = np.arange(len(rows))
        return cls(rows, weights, trust, old, places)

    def chances(self, liked: IntArray, weights: FloatArray | None = None) -> NDArray[np.float32]:
        """Return what each of `rows` gains, (k,), for a user who likes these; 0 at least.

        liked: oldest first. weights: (len(liked),), how much of a like each is; 1 each if None.
        """
        weights = np.ones(len(liked)) if weights is None else weights
        if self.old != 1.0:
            ages = np.arange(len(liked))[::-1]
            weights = weights * (self.old + (1.0 - self.old) * np.exp(-ages / RECENT_LIKES))
        inside = liked < len(self.places)
        places, weights = self.places[liked[inside]], weights[inside].astype(np.float32)
        is_in = places >= 0
        total = weights[is_in] @ self.weights[places[is_in]]
        chances: NDArray[np.float32] = np.maximum(total, np.float32(0)) * np.float32(self.trust)
        return chances

    def of_rows(self, chances: NDArray[np.float32], rows: IntArray) -> FloatArray:
        """Return the chances of items by row, (len(rows),); 0 for those left out."""
        if not len(chances):
            return np.zeros(len(rows))
        inside = rows < len(self.places)
        places = np.where(inside, self.places[np.where(inside, rows, 0)], -1)
        return np.where(places >= 0, chances[places], 0.0)
