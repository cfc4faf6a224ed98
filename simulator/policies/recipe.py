"""The recipe that we started from: optimism, activity, lifts, genre cosine, little re-ranking."""

from dataclasses import replace

from recs.ranking.settings import RankingSettings
from simulator.policies.ours import Ours

SETTINGS = replace(
    RankingSettings(),
    neighbourhood_weight=0.0,
    genre_affinity_weight=0.0,
    position_weight=0.0,
    genre_candidates=120,
    recent_interactions=20,
    overlap_weight=0.3,
    exploration_slots=1,
    exploration_slots_for_newcomers=2,
    explored_after=2**31,
)
"""Ours with the recipe's strengths. Its exploration places never end."""


class Recipe(Ours):
    """Ranks each visit anew, without LightFM, as the recipe's figures were measured."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, SETTINGS)
