"""Nearest items by their vectors, searched in this process or on a Qdrant server."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recs.ranking.ragged import NO_ROWS
from recs.settings import Settings
from recs.types import FloatArray, Generation, IntArray

if TYPE_CHECKING:
    from recs.training.model import Model

Vectors32 = NDArray[np.float32]


def connect(settings: Settings) -> "Vectors":
    """Choose the Qdrant server at QDRANT_URL, or this process. Connects to nothing yet."""
    if not settings.qdrant_url:
        return Vectors()
    # Imported here because Qdrant's client costs 1.5 s and 55 MB.
    from recs.stores.qdrant import QdrantVectors, client_of

    return QdrantVectors(client_of(settings), settings.namespace)


class Vectors:
    """Finds the nearest items by comparing with all of them, in the mapped file of the model.

    Up to 100,000 items no index is better: a query takes 2 ms with that many, nothing is built when
    the version changes, and there is no second copy (docs/decisions/0016-near-items-by-numpy.md).
    """

    def __init__(self) -> None:
        self._vectors: Vectors32 = np.zeros((0, 0), np.float32)
        self._nowhere = NO_ROWS

    def publish(self, generation: Generation, version: int, model: "Model") -> None:
        """Publish this version to all rankers. Does nothing here: they map it from disk."""

    def use(self, generation: Generation, version: int, vectors: Vectors32) -> None:
        """Let `nearest` search this version.

        vectors: (n_items, components), by row, of length 1 or 0; see `Models.item_vectors`.
        """
        self._nowhere = np.flatnonzero(~vectors.any(axis=1))
        self._vectors = vectors

    def nearest(self, vector: FloatArray, k: int) -> IntArray:
        """Return the rows of the k items nearest to a unit vector, nearest first.

        Items without likes and genres have a zero vector and are left out. Returns no rows before
        the first version.
        """
        k = min(k, len(self._vectors) - len(self._nowhere))
        if k < 1:
            return NO_ROWS
        distances = self._vectors @ -np.asarray(vector, np.float32)
        distances[self._nowhere] = np.inf
        nearest = np.argpartition(distances, k - 1)[:k]
        return nearest[np.argsort(distances[nearest], kind="stable")]
