"""Lists for newcomers who come when no slate is prepared: popular items, others each time."""

import numpy as np

from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.popularity import like_rates
from recs.ranking.settings import RankingSettings
from recs.types import FloatArray, IntArray

ITEMS = 1_000
"""From so many of the most popular items."""


class Improvised:
    """What was given since the popular items last changed. Until then no statistics count it.

    Two threads at once may get the same list.
    """

    def __init__(self, settings: RankingSettings) -> None:
        self._settings = settings
        self._shown: tuple[object, FloatArray] = (None, np.zeros(0))

    def rows(self, popular: IntArray, statistics: ItemStatistics | None, length: int) -> IntArray:
        """Return the best rows, as if those that it returned before had been shown.

        popular: all known rows, best first; items that the statistics do not know come last.
        """
        of, shown = self._shown
        if of is not popular:
            shown = np.zeros(min(len(popular), ITEMS))
            self._shown = (popular, shown)
        rows, rates = popular[: len(shown)], -shown
        if statistics is not None:
            counted = rows < len(statistics)
            some, more = rows[counted], shown[counted]
            rates[counted] = like_rates(statistics.counts, self._settings, some, more)[0]
        best = np.argsort(-rates, kind="stable")[:length]
        shown[best] += 1.0
        return rows[best]
