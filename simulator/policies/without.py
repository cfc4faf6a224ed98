"""Ours without one of its parts: what the part is worth."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from recs.history import History, Viewer
from recs.ranker import Ranker
from recs.ranking_settings import RankingSettings
from recs.types import Row
from simulator.policies.ours import Ours
from simulator.policies.policy import Policy


class Repeating(Ranker):
    """Hides from a viewer only what he has reacted to."""

    def hidden_from(self, viewer: Viewer) -> set[Row]:
        """Return rows that must not come."""
        return set(viewer.places)


class Average(Viewer):
    """A viewer who is taken for an average one, whatever he does."""

    __slots__ = ()

    activity = 1.0


class Averaging(Ranker):
    """Counts every showing as one."""

    def __init__(self, settings: RankingSettings, seed: int) -> None:
        super().__init__(settings, seed)
        self.history = History(Average)


def _with(make_ranker: Callable[..., Ranker] = Ranker, **changes: Any) -> Callable[[int], Policy]:
    settings = replace(RankingSettings(), **changes)
    return lambda seed: Ours(seed, settings, make_ranker)


WITHOUT: dict[str, Callable[[int], Policy]] = {
    "ours, repeats allowed": _with(Repeating),
    "ours without optimism": _with(optimism=0.1),
    "ours without activity": _with(Averaging),
    "ours without surroundings": _with(surroundings_weight=0.0),
    "ours without leanings": _with(genre_leaning_weight=0.0, stretch_weight=0.0),
    "ours without genre cosine": _with(genre_weight=0.0),
    "ours without item-item": _with(like_lift_weight=0.0, watch_lift_weight=0.0),
    "ours without exploration": _with(explore_places=0, explore_places_for_newcomers=0),
    "ours without re-ranking": _with(overlap_weight=0.0),
}
"""None of these has the LightFM term: compare them with `ours without LightFM`."""
