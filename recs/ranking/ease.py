"""EASE: predicts likes of an item from a user's likes of all the other items.

H. Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019. It learns all weights
together, so two items that are liked together only because both are popular get no weight.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recs.types import FloatArray, IntArray

RECENT_LIKES = 10.0
"""How fast likes age: after this many newer likes, 1 - 1/e of the full loss of weight."""


@dataclass(frozen=True, slots=True)
class Ease:
    """A model of the items with the most likes.

    rows: (k,), their rows. weights: (k, k) float32; weights[j, i] is what a like of j adds to the
    chance of a like of i. trust: weight of these chances against an item's rate. old: weight of a
    very old like against the newest one. recs/training/ease.py chooses both. places: (n_items,),
    the place of each row in `rows`, -1 if it is not there.
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
        """Build a model from what `fit_ease` returned, for a catalogue of `n_items` rows."""
        places = np.full(n_items, -1, np.int64)
        places[rows] = np.arange(len(rows))
        return cls(rows, weights, trust, old, places)

    def chances(self, liked: IntArray, weights: FloatArray | None = None) -> NDArray[np.float32]:
        """Return the chance that a user's likes add to each of `rows`, (k,); never below 0.

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
        """Return the chances of items by row, (len(rows),); 0 for items not in the model."""
        if not len(chances):
            return np.zeros(len(rows))
        inside = rows < len(self.places)
        places = np.where(inside, self.places[np.where(inside, rows, 0)], -1)
        return np.where(places >= 0, chances[places], 0.0)
