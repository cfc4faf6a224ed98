"""Which titles go together: liked, or watched, by the same viewers more often than by chance."""

from collections.abc import Iterable

import numpy as np
from scipy import sparse

from recs.arrays import GrowingArray
from recs.history import History, Viewer
from recs.popularity import like_rates
from recs.ranking_settings import RankingSettings
from recs.types import FloatArray, IntArray


class Neighbours:
    """For every title the titles that go best with it, the best first, lift 0 where none is."""

    def __init__(self, width: int) -> None:
        self._rows = GrowingArray(np.int64, width)
        self._lifts = GrowingArray(np.float64, width)

    def grow_to(self, n_items: int) -> None:
        """Make room for titles that have no neighbours yet."""
        self._rows.grow_to(n_items)
        self._lifts.grow_to(n_items)

    def of(self, rows: IntArray) -> tuple[IntArray, FloatArray]:
        """Neighbours and lifts of these titles, (len(rows), width) each."""
        return self._rows.view.take(rows, axis=0), self._lifts.view.take(rows, axis=0)

    def keep_best(
        self, stale: IntArray, places: IntArray, rows: IntArray, lifts: FloatArray
    ) -> None:
        """Replace the neighbours of stale titles by the best of these.

        places: to which of the stale titles each of `rows` and `lifts` belongs.
        """
        width = self._rows.view.shape[1]
        order = np.lexsort((-lifts, places))
        places, rows, lifts = places[order], rows[order], lifts[order]
        rank = np.arange(len(places)) - np.searchsorted(places, np.arange(len(stale)))[places]
        best = rank < width
        self._rows.view[stale] = 0
        self._lifts.view[stale] = 0.0
        self._rows.view[stale[places[best]], rank[best]] = rows[best]
        self._lifts.view[stale[places[best]], rank[best]] = lifts[best]


class Lifts:
    """Item-item lifts, kept up to date with the viewers who did something since the last pass."""

    def __init__(self, settings: RankingSettings) -> None:
        self._settings = settings
        self.liked = Neighbours(settings.neighbours)
        self.watched = Neighbours(settings.neighbours)

    def grow_to(self, n_items: int) -> None:
        """Make room for titles that have no neighbours yet."""
        self.liked.grow_to(n_items)
        self.watched.grow_to(n_items)

    def update(self, history: History, touched: Iterable[Viewer]) -> None:
        """Compute again the neighbours of all titles to which these viewers have reacted."""
        reacted = [row for viewer in touched for row in viewer.places]
        if not reacted:
            return
        stale = np.unique(np.array(reacted, np.int64))
        settings = self._settings
        rates, qualities = like_rates(history, settings)
        shape = (len(history.viewers), len(history))
        weights = np.maximum(history.activities.view, settings.min_activity)
        viewers, items = history.impression_viewers.view, history.impression_items.view
        shown = sparse.csr_array((weights[viewers], (viewers, items)), shape)
        tastes = history.interaction_tastes.view
        for neighbours, chosen, expected in (
            (self.liked, tastes > 0, rates),
            (self.watched, tastes != 0, np.minimum(rates / qualities, settings.max_watch_rate)),
        ):
            pairs = (
                history.interaction_viewers.view[chosen],
                history.interaction_items.view[chosen],
            )
            met = sparse.csr_array((np.ones(len(pairs[0])), pairs), shape)
            _refresh(neighbours, stale, met, shown, expected)


def _refresh(
    neighbours: Neighbours,
    stale: IntArray,
    met: "sparse.csr_array",
    shown: "sparse.csr_array",
    rates: FloatArray,
) -> None:
    """Compute the best neighbours of stale rows: log((together + 1) / (expected + 1)).

    met, shown: (n_viewers, n_items); who liked (or watched) what, and who was shown what, by
    activity. Expected is what independent titles, liked at these rates, would have gathered.
    """
    fans = sparse.csr_array(met[:, stale].T)
    together = fans @ met
    expected = sparse.csr_array((fans @ shown).multiply(together > 0))
    together.sort_indices()
    expected.sort_indices()
    place = np.repeat(np.arange(len(stale)), np.diff(together.indptr))
    chance = _values_at(expected, together) * rates[together.indices]
    lift = np.log((together.data + 1.0) / (chance + 1.0))
    wanted = (lift > 0) & (together.indices != stale[place])
    neighbours.keep_best(stale, place[wanted], together.indices[wanted], lift[wanted])


def _values_at(matrix: "sparse.csr_array", pattern: "sparse.csr_array") -> FloatArray:
    """Values of a matrix at the stored places of another that has at least as many."""
    n_columns = pattern.shape[1]
    flat_pattern = np.repeat(np.arange(pattern.shape[0]), np.diff(pattern.indptr)) * n_columns
    flat_pattern += pattern.indices
    flat_matrix = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)) * n_columns
    flat_matrix += matrix.indices
    values = np.zeros(len(flat_pattern))
    values[np.searchsorted(flat_pattern, flat_matrix)] = matrix.data
    return values
