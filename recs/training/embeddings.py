"""What LightFM has learned about items, genres or users: one row for each."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recs.types import IntArray

Array = NDArray[np.float32]
"""LightFM computes in single precision."""
USER_STEP = 2**32
"""A model stores a like as one number: the user's row times this, plus the item's row."""


@dataclass(frozen=True, slots=True, eq=False)
class Embeddings:
    """Vectors and biases, and the Adagrad sums that lower the learning rate of each.

    vectors, vector_sums: (n, components). biases, bias_sums: (n,). LightFM's momentum arrays are
    not stored: Adagrad does not use them.
    """

    vectors: Array
    vector_sums: Array
    biases: Array
    bias_sums: Array

    @classmethod
    def empty(cls, components: int) -> Self:
        """Return embeddings without rows."""
        nothing = np.zeros((0, components), np.float32)
        return cls(nothing, nothing, nothing[:, 0], nothing[:, 0])

    def __len__(self) -> int:
        return len(self.biases)

    def grown(self, length: int, rng: np.random.Generator | None = None) -> Self:
        """Return these rows and new ones up to `length`, initialised as in LightFM.

        Without `rng` the new vectors are zero.
        """
        n_new = length - len(self)
        if n_new <= 0:
            return self
        shape = (n_new, self.vectors.shape[1])
        noise = np.zeros(shape) if rng is None else (rng.random(shape) - 0.5) / shape[1]
        return type(self)(
            _stack(self.vectors, noise),
            _stack(self.vector_sums, np.ones(shape)),
            _stack(self.biases, np.zeros(n_new)),
            _stack(self.bias_sums, np.ones(n_new)),
        )

    def taken(self, rows: IntArray) -> Self:
        """Return only the given rows, in the given order."""
        return type(self)(
            self.vectors[rows], self.vector_sums[rows], self.biases[rows], self.bias_sums[rows]
        )


def _stack(known: Array, new: NDArray[np.float64]) -> Array:
    return np.concatenate([known, new.astype(np.float32)])


def unit_vectors(vectors: Array) -> Array:
    """Scale vectors to length 1, so that dot products are cosines; zero stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), np.float32)
