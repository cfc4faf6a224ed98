"""Item–item similarity: pairs that the same users like, or meet, more often than by chance.

The weight of a pair is a pointwise mutual information, log((C + 1) / (E + 1)): C users have both
items, and E users would have both if the items were independent.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy import sparse

from recs.ranking.ragged import Ragged
from recs.types import FloatArray, IntArray, Row

Found = dict[Row, tuple[IntArray, FloatArray]]
"""Item -> its neighbours and their weights."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The neighbours of each item, highest weight first.

    weights: in the order of lists.values; negative if two items are met together less often than
    by chance.
    """

    lists: Ragged
    weights: FloatArray

    @classmethod
    def of(cls, found: Found, n_items: int) -> Self:
        """Pack the neighbours of all items."""
        starts = np.zeros(n_items + 1, np.int64)
        rows = sorted(found)
        starts[np.array(rows, np.int64) + 1] = [len(found[row][0]) for row in rows]
        np.cumsum(starts, out=starts)
        values = np.concatenate([found[row][0] for row in rows] or [np.zeros(0, np.int64)])
        weights = np.concatenate([found[row][1] for row in rows] or [np.zeros(0)])
        return cls(Ragged(starts, values), weights)

    def by_row(self) -> Found:
        """Return what `of` packed, without items that have no neighbours."""
        lists, starts = self.lists, self.lists.starts
        return {
            row: (lists[row], self.weights[starts[row] : starts[row + 1]])
            for row in np.flatnonzero(np.diff(starts)).tolist()
        }

    def take(self, rows: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Return the number of neighbours of each row, (len(rows),), then all rows and weights."""
        places, counts = self.lists.places(rows)
        return counts, self.lists.values[places], self.weights[places]

    def near(self, rows: IntArray, most: int) -> IntArray:
        """Return the first `most` neighbours of each row, without negative ones, joined."""
        places, _ = self.lists.places(rows, most)
        return self.lists.values[places][self.weights[places] > 0]

    def of_first(self, n_items: int) -> Self:
        """Return the neighbours of the first items among themselves."""
        if len(self.lists) <= n_items:
            return self
        starts = self.lists.starts[: n_items + 1]
        kept = np.flatnonzero(self.lists.values[: starts[-1]] < n_items)
        lists = Ragged(np.searchsorted(kept, starts), self.lists.values[kept])
        return type(self)(lists, self.weights[kept])


@dataclass(frozen=True, slots=True)
class Similarity:
    """Neighbours by likes, and by interactions of any kind."""

    liked: Neighbours
    interacted: Neighbours

    def check(self) -> None:
        """Raise ValueError if a neighbour is not one of the items, as in a damaged file."""
        for each in (self.liked, self.interacted):
            starts, values = each.lists.starts, each.lists.values
            if (
                starts[0] != 0
                or starts[-1] != len(values)
                or (np.diff(starts) < 0).any()
                or values.min(initial=0) < 0
                or values.max(initial=-1) >= len(each.lists)
                or not np.isfinite(each.weights).all()
            ):
                raise ValueError("the lists of neighbours are damaged")

    def of_first(self, n_items: int) -> "Similarity":
        """Return the similarity of the first items among themselves."""
        return Similarity(self.liked.of_first(n_items), self.interacted.of_first(n_items))


EXPECTED_LEAST = 0.5

NO_SIMILARITY = Similarity(Neighbours.of({}, 0), Neighbours.of({}, 0))


def neighbours_of(
    rows: IntArray,
    met: "sparse.csr_array",
    shown: "sparse.csr_array",
    organic: FloatArray,
    rates: FloatArray,
    count: int,
    prior: float = 1.0,
) -> Found:
    """Return the neighbours of these items with the strongest weights, most positive first.

    met: (n_users, n_items), who liked (or interacted with) what. All users who met one of `rows`
    must be included. shown: (n_users, n_items), exposure of users to items that they were shown,
    minus `organic`. organic: (n_users,), their exposure to every item, from the items that they
    found themselves. rates: (n_items,), chance that an average user meets the item when exposed to
    it. count: neighbours kept for each item. prior: strength (users) of the assumption that a pair
    goes together only by chance.
    A pair that no user met also counts if chance predicts at least EXPECTED_LEAST such users.
    """
    fans = sparse.csr_array(met[:, rows].T)
    # One product of complex numbers: users who met both; exposure as the imaginary part.
    both = sparse.csr_array(fans @ (met + 1j * shown))
    both.sort_indices()
    place, columns = np.repeat(np.arange(len(rows)), np.diff(both.indptr)), both.indices
    met_together, exposure = both.data.real, both.data.imag
    everywhere = fans @ organic
    chance = np.maximum(exposure + everywhere[place], 0.0) * rates[columns]
    wanted = np.flatnonzero(
        ((met_together > 0) | (chance >= EXPECTED_LEAST)) & (columns != rows[place])
    )
    weights = np.log((met_together[wanted] + prior) / (chance[wanted] + prior))
    return _strongest(rows, place[wanted], columns[wanted], weights, count)


def _strongest(
    rows: IntArray, place: IntArray, neighbours: IntArray, weights: FloatArray, count: int
) -> Found:
    """Keep the strongest weights of each row, sorted, most positive first."""
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
