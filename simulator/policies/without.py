"""Ours as served, without one of its parts: this shows what the part is worth."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from recs.ranking import window
from recs.ranking.settings import RankingSettings
from recs.ranking.user_state import UserState
from simulator.policies.policy import Policy
from simulator.policies.served import Served


class Repeating(Served):
    """Hides from users only what they have interacted with."""

    def state_of(self, user_id: str) -> UserState:
        """Return a user to whom nothing was shown."""
        return replace(super().state_of(user_id), shown=UserState().shown)


class AveragingWindow(window.Window):
    """Counts every impression as one, for all users."""

    def response_rate(self, hits: float, expected: float) -> float:
        """Return 1: every user is average."""
        return 1.0


class Averaging(Served):
    """Counts every impression as one."""

    def new_window(self, seed: int) -> window.Window:
        """Return a window without response rates."""
        return AveragingWindow(self.settings, seed=seed)


class WithoutEase(Served):
    """Ranks without EASE."""

    with_ease = False


class WithoutModel(Served):
    """Ranks without LightFM, and so without the items near a user."""

    with_model = False


class WithoutNearest(Served):
    """Takes no candidates from the items nearest to a user."""

    with_nearest = False


def _with(make: Callable[..., Served] = Served, **changes: Any) -> Callable[[int], Policy]:
    settings = replace(RankingSettings(), **changes)
    return lambda seed: make(seed, settings)


WITHOUT: Mapping[str, Callable[[int], Policy]] = {
    "ours, repeats allowed": _with(Repeating),
    "ours without optimism": _with(optimism=0.1),
    "ours without response rates": _with(Averaging),
    "ours without neighbourhoods": _with(neighbourhood_weight=0.0),
    "ours without positions": _with(position_weight=0.0),
    "ours without aversions": _with(genre_aversion_weight=0.0),
    "ours without genre cosine": _with(genre_weight=0.0),
    "ours without distinct tastes": _with(distinct_taste_weight=0.0),
    "ours without similarity": _with(like_similarity_weight=0.0, interaction_similarity_weight=0.0),
    "ours without silence": _with(silence_weight=0.0),
    "ours without EASE": _with(WithoutEase),
    "ours without LightFM": _with(WithoutModel),
    "ours without nearest": _with(WithoutNearest),
    "ours without exploration": _with(exploration_slots=0, exploration_slots_for_newcomers=0),
    "ours without re-ranking": _with(overlap_weight=0.0),
}
