"""What it counts that somebody watched an item: less than a like, whatever else they did."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from recs.interactions import DISLIKED, LIKED, UNDONE, WATCHED
from recs.ranking.ease import Ease
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.ratings import like_weights, taste_weights
from recs.ranking.scoring import score
from recs.ranking.scratch import Scratch
from recs.ranking.settings import RankingSettings
from recs.ranking.sources import Sources
from recs.ranking.user_profile import profile_of
from recs.ranking.user_state import UserState
from tests.recs.ranking.tables import genre_table, item_statistics, rows
from tests.recs.ranking.windows import ANNA, BORIS, new_window

SIGNS = np.array([LIKED, DISLIKED, UNDONE, WATCHED], np.int8)
N_ITEMS = 6
ALIKE = {row: {other: 1.0 for other in range(N_ITEMS) if other != row} for row in range(N_ITEMS)}
STATISTICS = item_statistics(
    [0.2] * N_ITEMS,
    genres=genre_table(*[("Drama",)] * N_ITEMS),
    qualities=[0.6] * N_ITEMS,
    liked=ALIKE,
    interacted=ALIKE,
)
EASE = Ease.of(np.arange(N_ITEMS), np.full((N_ITEMS, N_ITEMS), 0.1, np.float32), N_ITEMS)
VECTORS = ItemVectors(np.tile(np.array([[0.6, 0.8]], np.float32), (N_ITEMS, 1)))


def test_a_rating_counts_by_its_kind() -> None:
    assert_array_equal(like_weights(SIGNS, 0.5), [1, 0, 0, 0.5])
    assert_array_equal(taste_weights(SIGNS, 0.25, 0.5), [1, -0.25, 0, 0.5])


def score_of_last(signs: list[int], weight: float) -> float:
    """Return the score of the last item for a user who said this of the first ones."""
    config = RankingSettings(watched_weight=weight)
    user = UserState(np.arange(len(signs)), np.array(signs, np.int64))
    sources = Sources(STATISTICS, VECTORS, ease=EASE)
    profile = profile_of(user, sources, config, Scratch())
    last = rows(N_ITEMS - 1)
    found = score(last, STATISTICS.rates[last], profile, sources, config, Scratch())
    return float(found.total[0])


@pytest.mark.slow
@settings(deadline=None)
@given(
    st.lists(st.sampled_from([LIKED, DISLIKED, WATCHED]), min_size=1, max_size=N_ITEMS - 1),
    st.integers(0, N_ITEMS - 2),
    st.floats(0, 1),
)
def test_to_have_watched_is_never_stronger_than_a_like(
    signs: list[int], place: int, weight: float
) -> None:
    place %= len(signs)
    liked, watched = ([*signs[:place], sign, *signs[place + 1 :]] for sign in (LIKED, WATCHED))

    assert score_of_last(watched, weight) <= score_of_last(liked, weight) + 1e-6


def test_the_weight_of_a_like_makes_it_one() -> None:
    watched, liked = score_of_last([WATCHED], 1.0), score_of_last([LIKED], 1.0)

    # But for aversion to genres: who only watched an item did not say whether they like its genre.
    assert watched == pytest.approx(liked)


def test_many_watched_of_a_genre_are_no_aversion_to_it() -> None:
    user = UserState(np.arange(5), np.full(5, WATCHED))

    config = RankingSettings(watched_weight=0.0)

    profile = profile_of(user, Sources(STATISTICS), config, Scratch())

    assert_array_equal(profile.genre_aversion, [0])


def test_a_watched_item_gains_less_than_a_liked_one_and_more_than_none() -> None:
    window = new_window()
    for user in (ANNA, BORIS):
        window.record_interaction(user, 0, LIKED, 1.0)
        window.record_interaction(user, 1, WATCHED, 1.0)
        window.record_interaction(user, 2, DISLIKED, 1.0)

    rates = window.refresh().rates

    assert rates[0] > rates[1] > rates[3]
    assert rates[1] > rates[2]
