"""Lists of known items, sorted in ways that are the same for all users: a candidate source."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recs.ranking.genres import GenreTable
from recs.ranking.ragged import NO_ROWS, Ragged
from recs.ranking.settings import RankingSettings
from recs.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class CandidateLists:
    """Known items, sorted in ways that are the same for all users.

    popular: all rows, highest rate first. by_genre: the same, a list for each genre.
    fresh: rows of the least shown items, in random order; explored items only if there are too few
    others. new: rows of items that came after the first users and were never shown, newest last.
    """

    popular: IntArray
    by_genre: Ragged
    fresh: IntArray
    new: IntArray

    def of_genre(self, column: int) -> IntArray:
        """Return the items of a genre, best first; none for a genre added since."""
        return self.by_genre[column] if column < len(self.by_genre) else NO_ROWS

    def only(self, allowed: NDArray[np.bool_]) -> "CandidateLists":
        """Return the allowed items of each list, in the same order. allowed: (n_items,)."""
        kept = allowed[self.by_genre.values]
        starts = np.concatenate([[0], np.cumsum(kept)])[self.by_genre.starts]
        return CandidateLists(
            self.popular[allowed[self.popular]],
            Ragged(starts, self.by_genre.values[kept]),
            self.fresh[allowed[self.fresh]],
            self.new[allowed[self.new]],
        )


NO_CANDIDATES = CandidateLists(NO_ROWS, Ragged.of([]), NO_ROWS, NO_ROWS)


def sort_candidates(
    known: NDArray[np.bool_],
    rates: FloatArray,
    impressions: IntArray,
    genres: GenreTable,
    came_later: IntArray,
    ever_shown: NDArray[np.bool_],
    settings: RankingSettings,
    rng: np.random.Generator,
) -> CandidateLists:
    """Sort the known items. Ties are broken at random, so that no item suffers from its row.

    known, rates, impressions, ever_shown: (n_items,). came_later: rows of the items that came after
    the first users, newest last.
    """
    mixed = rng.permutation(np.flatnonzero(known))
    popular = mixed[np.argsort(-rates[mixed], kind="stable")]
    owners, columns, _ = genres.of_items.take(popular)
    order = np.argsort(columns, kind="stable")
    starts = np.searchsorted(columns[order], np.arange(len(genres) + 1))
    tries = impressions[mixed]
    n_unexplored = int(np.count_nonzero(tries < settings.explored_after))
    n_fresh = min(max(n_unexplored, settings.fresh_candidates), settings.fresh_most)
    fresh = mixed[np.argsort(tries, kind="stable")][:n_fresh]
    return CandidateLists(
        popular,
        Ragged(starts, popular[owners[order]]),
        rng.permutation(fresh),
        came_later[~ever_shown[came_later]],
    )
