"""Ours as served, which also ranks each slate with other settings, without showing those lists.

Chance changes a game more than most settings do. Lists of the same moment can be compared one by
one, which needs a tenth of the games. How a setting changes what is learned later is not measured.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recs.ranking.genres import GenreTable
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.ranker import Ranker
from recs.ranking.reservations import Wish
from recs.ranking.settings import RankingSettings
from recs.ranking.slates import Entries
from recs.ranking.window import Window
from recs.types import Row, UserId
from simulator.datasets import Dataset
from simulator.policies.ours import rows_of
from simulator.policies.served import Served

AS_IT_IS = "as it is"
COUNTED = {
    *("prior_exposure", "optimism", "prior_opinions", "prior_together", "neighbours", "fresh_most"),
    *("neighbourhood_width", "neighbourhood_weight", "prior_neighbourhood"),
    *("min_response_rate", "max_interaction_rate", "explored_after", "fresh_candidates"),
    *("position_bins", "watched_weight"),
}
"""Settings that a window uses: if one of these differs, the settings need their own window."""


class Shadows(Served):
    """At each ranking of a user, scores the lists that other settings would give.

    precisions: name of the settings -> share of liked items in each of these lists, in order.
    """

    def __init__(self, seed: int, dataset: Dataset, others: Mapping[str, RankingSettings]) -> None:
        self._others = {AS_IT_IS: RankingSettings(), **others}
        self._opinions = dataset.opinions
        self.precisions: dict[str, list[float]] = {name: [] for name in self._others}
        super().__init__(seed)

    def new_window(self, seed: int) -> Window:
        """Return a window that passes its events on to the windows of the other settings."""
        own = {
            name: Window(settings, seed=seed)
            for name, settings in self._others.items()
            if any(getattr(settings, each) != getattr(self.settings, each) for each in COUNTED)
        }
        self._together = _Together(self.settings, seed, own)
        return self._together

    def slate_for(self, user_id: str, before: Entries, n_lists: int) -> Entries:
        """Rank a slate, and the slates of the other settings."""
        opinions = self._opinions.get(user_id, {})
        user, sources = self.state_of(user_id), self.sources()
        counted = self._together.statistics
        for name, settings in self._others.items():
            theirs = replace(sources, statistics=counted.get(name, sources.statistics))
            ranker = Ranker(settings, seed=self.visits)  # the same chance for all
            rows = rows_of(ranker.rank([user], theirs, _without_reserving, 1)[0])
            liked = sum(opinions.get(self.catalogue.ids[row]) is True for row in rows)
            self.precisions[name].append(liked / settings.list_length)
        return super().slate_for(user_id, before, n_lists)


class _Together(Window):
    """A window, and others of different settings that count the same events."""

    def __init__(self, settings: RankingSettings, seed: int, others: Mapping[str, Window]) -> None:
        super().__init__(settings, seed=seed)
        self._others = others
        self.statistics: dict[str, ItemStatistics] = {}

    def set_items(self, known: NDArray[np.bool_], genres: GenreTable) -> None:
        """Take the catalogue as it is now."""
        super().set_items(known, genres)
        for each in self._others.values():
            each.set_items(known, genres)

    def record_interaction(self, user: UserId, row: Row, sign: int, timestamp: float) -> None:
        """Take in a signed rating."""
        super().record_interaction(user, row, sign, timestamp)
        for each in self._others.values():
            each.record_interaction(user, row, sign, timestamp)

    def record_impressions(self, user: UserId, rows: Iterable[Row]) -> None:
        """Record that a user was shown these."""
        rows = list(rows)
        super().record_impressions(user, rows)
        for each in self._others.values():
            each.record_impressions(user, rows)

    def refresh(self, thoroughly: bool = True) -> ItemStatistics:
        """Return the statistics as of now; those of the others are in `statistics`."""
        self.statistics = {name: each.refresh(thoroughly) for name, each in self._others.items()}
        return super().refresh(thoroughly)


def _without_reserving(wishes: Sequence[Wish]) -> list[list[Row]]:
    return [list(wish.preferred[: wish.count]) for wish in wishes]
