"""The recipe that we started from: optimism, activity, lifts, genre cosine, little re-ranking."""

from dataclasses import replace

from recs.ranking_settings import RankingSettings
from simulator.policies.ours import Ours

SETTINGS = replace(
    RankingSettings(),
    surroundings_weight=0.0,
    genre_leaning_weight=0.0,
    stretch_weight=0.0,
    genre_candidates=120,
    recent_interactions=20,
    overlap_weight=0.3,
    explore_places=1,
    explore_places_for_newcomers=2,
    explored_after=2**31,
)
"""Ours with the recipe's strengths. Its exploration places never end."""


class Recipe(Ours):
    """Ranks each visit anew, without LightFM, as the recipe's figures were measured."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, SETTINGS)
