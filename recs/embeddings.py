"""What LightFM has learned of the titles, the genres or the viewers: a row each. Rows only grow."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recs.types import IntArray

Array = NDArray[np.float32]
"""LightFM computes in single precision."""


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Vectors and biases, and how far each has moved (Adagrad's sums, which slow it down).

    vectors, vector_sums: (n, components). biases, bias_sums: (n,). LightFM's momentum arrays are
    not kept: Adagrad does not use them.
    """

    ids: tuple[str, ...]
    vectors: Array
    vector_sums: Array
    biases: Array
    bias_sums: Array

    @classmethod
    def empty(cls, components: int) -> Self:
        """Return embeddings of nothing."""
        nothing = np.zeros((0, components), np.float32)
        return cls((), nothing, nothing, nothing[:, 0], nothing[:, 0])

    def __len__(self) -> int:
        return len(self.ids)

    def places(self, ids: Iterable[str]) -> IntArray:
        """Return the rows of known ids. Raises KeyError."""
        place_of = {each: place for place, each in enumerate(self.ids)}
        return np.array([place_of[each] for each in ids], np.int64)

    def grown(self, ids: Iterable[str], rng: np.random.Generator | None = None) -> Self:
        """Return these rows and one for each id that is new, as LightFM begins them.

        Without `rng` the new vectors are nought.
        """
        known = set(self.ids)
        new = tuple(dict.fromkeys(each for each in ids if each not in known))
        shape = (len(new), self.vectors.shape[1])
        noise = np.zeros(shape) if rng is None else (rng.random(shape) - 0.5) / shape[1]
        return type(self)(
            self.ids + new,
            _stack(self.vectors, noise),
            _stack(self.vector_sums, np.ones(shape)),
            _stack(self.biases, np.zeros(len(new))),
            _stack(self.bias_sums, np.ones(len(new))),
        )

    def forgotten(self, rows: IntArray) -> Self:
        """Return the same with these rows as if they had just come, their vectors nought."""
        vectors, vector_sums = self.vectors.copy(), self.vector_sums.copy()
        biases, bias_sums = self.biases.copy(), self.bias_sums.copy()
        vectors[rows], vector_sums[rows], biases[rows], bias_sums[rows] = 0, 1, 0, 1
        return type(self)(self.ids, vectors, vector_sums, biases, bias_sums)


def _stack(known: Array, new: NDArray[np.float64]) -> Array:
    return np.concatenate([known, new.astype(np.float32)])
