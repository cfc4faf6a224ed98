"""Which items go together: liked, or interacted with, by the same users more often than by chance.

The weight of a pair is a pointwise mutual information, log((C + 1) / (E + 1)): C users have both,
and E would have them if the items had nothing to do with each other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from recs.ranking.ragged import Ragged
from recs.types import FloatArray, IntArray, Row


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each item its neighbours, the best first. weights: in the order of lists.values."""

    lists: Ragged
    weights: FloatArray

    @classmethod
    def of(cls, found: Mapping[Row, tuple[IntArray, FloatArray]], n_items: int) -> Self:
        """Pack row -> (neighbours, weights)."""
        starts = np.zeros(n_items + 1, np.int64)
        rows = sorted(found)
        starts[np.array(rows, np.int64) + 1] = [len(found[row][0]) for row in rows]
        np.cumsum(starts, out=starts)
        values = np.concatenate([found[row][0] for row in rows] or [np.zeros(0, np.int64)])
        weights = np.concatenate([found[row][1] for row in rows] or [np.zeros(0)])
        return cls(Ragged(starts, values), weights)

    def take(self, rows: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Return owners (places in `rows`), neighbours and weights, flat."""
        places, counts = self.lists.places(rows)
        owners = np.repeat(np.arange(len(rows)), counts)
        return owners, self.lists.values[places], self.weights[places]


@dataclass(frozen=True, slots=True)
class Similarity:
    """Neighbours by likes, and by interactions of either kind."""

    liked: Neighbours
    interacted: Neighbours


NO_SIMILARITY = Similarity(Neighbours.of({}, 0), Neighbours.of({}, 0))


def neighbours_of(
    rows: IntArray,
    met: "sparse.csr_array",
    shown: "sparse.csr_array",
    rates: FloatArray,
    count: int,
) -> dict[Row, tuple[IntArray, FloatArray]]:
    """Return the best neighbours of these items, at most `count` each, the best first.

    met: (n_users, n_items); who liked (or interacted with) what. shown: who was shown what, by
    response rate. rates: (n_items,), chance that an average user does it once they are shown an
    item. Every user who has met one of `rows` must be among the users.
    """
    fans = sparse.csr_array(met[:, rows].T)
    together = sparse.csr_array(fans @ met)
    expected = sparse.csr_array((fans @ shown).multiply(together > 0))
    together.sort_indices()
    expected.sort_indices()
    place = np.repeat(np.arange(len(rows)), np.diff(together.indptr))
    chance = _values_at(expected, together) * rates[together.indices]
    weights = np.log((together.data + 1.0) / (chance + 1.0))
    wanted = (weights > 0) & (together.indices != rows[place])
    return _best(rows, place[wanted], together.indices[wanted], weights[wanted], count)


def _best(
    rows: IntArray, place: IntArray, neighbours: IntArray, weights: FloatArray, count: int
) -> dict[Row, tuple[IntArray, FloatArray]]:
    """Sort each row's neighbours by weight, and keep the first of them."""
    order = np.lexsort((-weights, place))
    place, neighbours, weights = place[order], neighbours[order], weights[order]
    starts = np.searchsorted(place, np.arange(len(rows) + 1))
    return {
        row: (neighbours[start : min(end, start + count)], weights[start : min(end, start + count)])
        for row, start, end in zip(
            rows.tolist(), starts[:-1].tolist(), starts[1:].tolist(), strict=True
        )
    }


def _values_at(matrix: "sparse.csr_array", pattern: "sparse.csr_array") -> FloatArray:
    """Return a matrix's values at the stored places of another that has at least as many."""
    n_columns = pattern.shape[1]
    flat_pattern = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr)) * n_columns
    flat_pattern += pattern.indices
    flat_matrix = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)) * n_columns
    flat_matrix += matrix.indices
    values = np.zeros(len(flat_pattern))
    values[np.searchsorted(flat_pattern, flat_matrix)] = matrix.data
    return values
