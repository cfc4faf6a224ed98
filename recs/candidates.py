"""A few hundred titles worth scoring for one viewer, out of the whole catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recs.genres import GenreTable
from recs.ranking_settings import RankingSettings
from recs.types import FloatArray, IntArray

NONE: IntArray = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Pools:
    """Known titles in orders that hold for everybody, made anew in each background pass.

    popular: by chance of a like. by_genre: the same, a column of the genre table each.
    fresh: the least shown, in no order. arrived: those that came later than the first viewers and
    were not shown yet, the newest last.
    """

    popular: IntArray
    by_genre: Sequence[IntArray]
    fresh: IntArray
    arrived: IntArray

    def of_genre(self, column: int | None) -> IntArray:
        """Titles of a genre, the best first; none of a genre that is new."""
        return NONE if column is None or column >= len(self.by_genre) else self.by_genre[column]


NO_POOLS = Pools(NONE, (), NONE, NONE)


def make_pools(
    known: IntArray,
    rates: FloatArray,
    shown: IntArray,
    later: IntArray,
    genres: GenreTable,
    settings: RankingSettings,
    rng: np.random.Generator,
) -> Pools:
    """Sort the known titles. Ties are broken by lot, so that no title waits for its row.

    known: rows. rates, shown: of all rows. later: rows of those that came after the first viewers.
    """
    mixed = rng.permutation(known)
    popular = mixed[np.argsort(-rates[mixed], kind="stable")]
    in_genre = genres.table.view[popular] > 0
    by_genre = [popular[in_genre[:, column]] for column in range(len(genres.names))]
    fresh = mixed[np.argsort(shown[mixed], kind="stable")][: settings.fresh_pool]
    return Pools(popular, by_genre, rng.permutation(fresh), later[shown[later] == 0])


class Sieve:
    """Throws out doubles and what must not come, without a look at the whole catalogue."""

    def __init__(self) -> None:
        self._mark = np.zeros(0, np.int64)

    def sift(self, rows: IntArray, without: IntArray, n_items: int) -> IntArray:
        """Return distinct rows, in order of their last occurrence, none of `without`."""
        if len(self._mark) < n_items:
            self._mark = np.zeros(2 * n_items, np.int64)
        places = np.arange(len(rows))
        self._mark[rows] = places
        self._mark[without] = -1
        return np.asarray(rows[self._mark[rows] == places])

    def find(self, wanted: IntArray, rows: IntArray) -> IntArray:
        """Places of wanted rows among those, -1 for what is not there."""
        self._mark[wanted] = -1
        self._mark[rows] = np.arange(len(rows))
        return self._mark[wanted]


def gather(
    pools: Pools,
    taste: FloatArray,
    related: Sequence[IntArray],
    n_seen: int,
    settings: RankingSettings,
    rng: np.random.Generator,
) -> IntArray:
    """Collect candidates, doubles and seen ones included.

    taste: the viewer's liking of each genre. related: what other sources found for him.
    n_seen: how many titles will be sifted out afterwards; so many more are taken.
    """
    best_genres = np.argsort(-taste)[: settings.genres_considered]
    start = int(rng.integers(max(len(pools.fresh) - settings.fresh_candidates, 0) + 1))
    return np.concatenate(
        [
            pools.popular[: settings.popular_candidates + n_seen],
            *(
                pools.of_genre(column)[: settings.genre_candidates + n_seen // 2]
                for column in best_genres
                if taste[column] > 0
            ),
            *(rows.ravel() for rows in related),
            pools.fresh[start : start + settings.fresh_candidates],
            pools.arrived[-settings.arrived_candidates :],
        ]
    )
