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
    """For each item its neighbours, the best first, those that repel each other last.

    weights: in the order of lists.values; negative where two items are met together more seldom
    than by chance.
    """

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

    def near(self, rows: IntArray) -> IntArray:
        """Return the neighbours that go together with these items, flat."""
        _, neighbours, weights = self.take(rows)
        return neighbours[weights > 0]


@dataclass(frozen=True, slots=True)
class Similarity:
    """Neighbours by likes, and by interactions of either kind."""

    liked: Neighbours
    interacted: Neighbours


EXPECTED_LEAST = 0.5

NO_SIMILARITY = Similarity(Neighbours.of({}, 0), Neighbours.of({}, 0))


@dataclass(frozen=True, slots=True)
class Exposed:
    """Who was exposed to what, (n_users, n_items): `shown`, plus `organic` of each user everywhere.

    shown: by response rate where a user was shown an item, less their organic exposure. organic:
    (n_users,), what every item was exposed to them through the items that they found themselves.
    """

    shown: "sparse.csr_array"
    organic: FloatArray


def neighbours_of(
    rows: IntArray,
    met: "sparse.csr_array",
    exposed: Exposed,
    rates: FloatArray,
    count: int,
    prior: float = 1.0,
) -> dict[Row, tuple[IntArray, FloatArray]]:
    """Return the neighbours of these items whose weights are strongest, the most positive first.

    met: (n_users, n_items); who liked (or interacted with) what. Every user who has met one of
    `rows` must be among the users. rates: (n_items,), chance that an average user does it once they
    are exposed to an item. count: of neighbours kept for each. prior: users' worth of belief that a
    pair goes together as chance has it.
    Pairs that nobody has met together count, too, where chance would have it (at EXPECTED_LEAST).
    """
    fans = sparse.csr_array(met[:, rows].T)
    together = sparse.csr_array(fans @ met)
    expected = sparse.csr_array(fans @ exposed.shown)
    together.sort_indices()
    expected.sort_indices()
    organic = fans @ exposed.organic
    place, columns, met_together, exposure = _side_by_side(together, expected)
    chance = np.maximum(exposure + organic[place], 0.0) * rates[columns]
    wanted = ((met_together > 0) | (chance >= EXPECTED_LEAST)) & (columns != rows[place])
    weights = np.log((met_together + prior) / (chance + prior))[wanted]
    return _strongest(rows, place[wanted], columns[wanted], weights, count)


def _side_by_side(
    one: "sparse.csr_array", other: "sparse.csr_array"
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Return rows, columns, and the values of both matrices where either has one, sorted by row."""
    flat_one, flat_other = _flat(one), _flat(other)
    flat = np.concatenate([flat_one, flat_other])
    flat.sort(kind="stable")  # merges what is sorted already; np.union1d takes twenty times as long
    flat = flat[np.diff(flat, prepend=-1) != 0]
    values = np.zeros((2, len(flat)))
    values[0, np.searchsorted(flat, flat_one)] = one.data
    values[1, np.searchsorted(flat, flat_other)] = other.data
    rows, columns = np.divmod(flat, one.shape[1])
    return rows, columns, values[0], values[1]


def _flat(matrix: "sparse.csr_array") -> IntArray:
    """Return the places of stored values, as one number each, in order."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return np.asarray(rows * matrix.shape[1] + matrix.indices)


def _strongest(
    rows: IntArray, place: IntArray, neighbours: IntArray, weights: FloatArray, count: int
) -> dict[Row, tuple[IntArray, FloatArray]]:
    """Keep the strongest weights of each row, and sort them, the most positive first."""
    order = np.lexsort((-np.abs(weights), place))
    rank = np.arange(len(order)) - np.searchsorted(place[order], np.arange(len(rows)))[place[order]]
    order = order[rank < count]
    order = order[np.lexsort((-weights[order], place[order]))]
    starts = np.searchsorted(place[order], np.arange(len(rows) + 1)).tolist()
    neighbours, weights = neighbours[order], weights[order]
    return {
        row: (neighbours[start:end], weights[start:end])
        for row, start, end in zip(rows.tolist(), starts[:-1], starts[1:], strict=True)
    }
