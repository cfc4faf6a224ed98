"""What one user likes, summed up for scoring."""

from dataclasses import dataclass

import numpy as np

from recs.ranking.affinities import genre_affinity, position_affinity, positions_of
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.settings import RankingSettings
from recs.ranking.user_state import UserState
from recs.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class UserProfile:
    """One user's.

    rows, signs: their interactions, oldest first. liked: rows of their likes.
    genre_preferences: how much they like each genre. genre_affinity, position_affinity: how much
    more they interact with each than was to be expected, in logs. vector: their unit vector among
    the items' vectors.
    """

    rows: IntArray
    signs: IntArray
    liked: IntArray
    genre_preferences: FloatArray
    genre_affinity: FloatArray
    position_affinity: FloatArray
    vector: FloatArray | None

    @property
    def is_newcomer(self) -> bool:
        """Whether they have not interacted with anything yet."""
        return not len(self.rows)


def profile_of(
    user: UserState,
    statistics: ItemStatistics,
    vectors: ItemVectors | None,
    settings: RankingSettings,
) -> UserProfile:
    """Sum up a user's interactions, and what they were shown and said nothing of.

    Rows that these statistics do not have yet are left out.
    """
    n_items = len(statistics)
    inside = user.rows < n_items
    rows, signs = user.rows[inside], user.signs[inside]
    liked, shown = rows[signs > 0], user.shown[user.shown < n_items]
    rates = statistics.rates[shown]
    response_rate = response_rate_of(int(np.isin(liked, shown).sum()), float(rates.sum()))
    return UserProfile(
        rows,
        signs,
        liked,
        statistics.genres.preferences(rows, signs, settings.dislike_weight),
        genre_affinity(
            statistics.genres, liked, shown, response_rate * rates, settings.prior_genre_likes
        ),
        position_affinity(
            positions_of(rows, n_items),
            positions_of(shown, n_items),
            response_rate * rates / statistics.qualities[shown],
            settings.prior_position_interactions,
            settings.position_bins,
        ),
        vectors.fold_in(rows, signs, settings.dislike_weight)
        if vectors is not None and len(rows)
        else None,
    )


def response_rate_of(hits: int, expected: float) -> float:
    """Return how many times more likes a user gives than an average one.

    hits: likes of what they were shown. expected: likes by an average user of the same.
    """
    return (hits + 1.0) / (expected + 1.0)
