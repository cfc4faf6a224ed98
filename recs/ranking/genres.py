"""Genres by item as a sparse table: its cost does not depend on how many genres there are."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recs.ranking.ragged import Ragged
from recs.types import FloatArray, IntArray

LEAST_RARITY = 0.1
"""The rarity of a genre that nearly all items have: it still shows who does not like it."""
FEW_GENRES = 200
"""Up to this number, a table of all genres costs less than to find out which are present."""


@dataclass(frozen=True, slots=True)
class GenreTable:
    """Which genres each item has.

    of_items: n_items lists of columns. names: (n_genres,), by column. traits: names of the columns
    after the genres, for other features such as a kind or a country. Below, "genres" means both
    unless stated otherwise. rarity: (n_genres,), log(items / items of a genre): a like says more
    about a rare genre (inverse document frequency, Spärck Jones, 1972).
    """

    of_items: Ragged
    names: Sequence[str]
    traits: Sequence[str] = ()
    rarity: FloatArray = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        counts = np.bincount(self.of_items.values, minlength=len(self))
        rarity = np.log((len(self.of_items) + 1) / (counts + 1))
        object.__setattr__(self, "rarity", np.maximum(rarity, LEAST_RARITY))

    def __len__(self) -> int:
        return len(self.names) + len(self.traits)

    def preferences(self, rows: IntArray, weights: FloatArray) -> FloatArray:
        """Return how much a user likes each genre, (n_genres,).

        rows, weights: (n,), see ratings.taste_weights. Each item's genre vector has unit length, so
        an item with many genres counts as much as an item with one.
        """
        owners, columns, counts = self.of_items.take(rows)
        weights = weights / np.sqrt(np.maximum(counts, 1))
        return np.asarray(np.bincount(columns, weights[owners], minlength=len(self)), np.float64)

    def counts(self, rows: IntArray) -> FloatArray:
        """Return how many of these items have each genre, (n_genres,)."""
        columns = self.of_items.values[self.of_items.places(rows)[0]]
        return np.asarray(np.bincount(columns, minlength=len(self)), np.float64)

    def fit(
        self,
        rows: IntArray,
        preferences: FloatArray,
        aversion: FloatArray,
    ) -> tuple[FloatArray, FloatArray]:
        """Return how well items fit a user: genre cosines and aversions; (len(rows),) each.

        preferences, aversion: (n_genres,). Cosines are scaled so that the strongest is 1 or -1. The
        aversion to an item is the sum over its genres.
        """
        owners, columns, counts = self.of_items.take(rows)
        sizes = np.maximum(counts, 1)
        cosines = np.bincount(owners, preferences[columns], minlength=len(rows)) / np.sqrt(sizes)
        strongest = np.abs(cosines).max(initial=0.0)
        if strongest > 0:
            cosines /= strongest
        if not aversion.any():
            return cosines, np.zeros(len(rows))
        aversions = np.bincount(owners, aversion[columns], minlength=len(rows))
        return cosines, np.asarray(aversions, np.float64)

    def membership(self, rows: IntArray) -> NDArray[np.bool_]:
        """Return which genres each item has, (n, n_genres)."""
        owners, columns, _ = self.of_items.take(rows)
        has = np.zeros((len(rows), len(self)), np.bool_)
        has[owners, columns] = True
        return has

    def overlaps(self, rows: IntArray) -> FloatArray:
        """Return the Jaccard similarity of the genre sets of every two items, (n, n).

        It is 1 for two items without genres: nothing shows that they differ. Traits do not count:
        a list of series is as varied as their genres.
        """
        owners, columns, counts = self.of_items.take(rows)
        if self.traits:
            is_genre = columns < len(self.names)
            owners, columns = owners[is_genre], columns[is_genre]
            counts = np.bincount(owners, minlength=len(rows))
        width = len(self)
        if width > FEW_GENRES:
            present, columns = np.unique(columns, return_inverse=True)
            width = len(present)
        has = np.zeros((len(rows), width), np.float32)
        has[owners, columns] = 1.0
        common = has @ has.T
        sizes = counts.astype(np.float32)
        union = sizes[:, None] + sizes[None, :] - common
        bare = counts == 0
        if bare.any():
            both_bare = np.ix_(bare, bare)
            common[both_bare] = union[both_bare] = 1.0
        return np.asarray(common / union)
