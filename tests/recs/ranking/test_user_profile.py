from dataclasses import replace
from math import log

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recs.ranking.ease import Ease
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.scratch import Scratch
from recs.ranking.settings import RankingSettings
from recs.ranking.sources import Sources
from recs.ranking.user_profile import UserProfile, distinctness, profile_of, response_rate_of
from recs.ranking.user_state import UserState
from tests.recs.ranking.tables import genre_table, item_statistics, rows, user

SETTINGS = RankingSettings(dislike_weight=0.5, prior_position_interactions=2.0, position_bins=2)
STATISTICS = item_statistics(
    [0.25, 0.25, 0.5, 0.125],
    genres=genre_table(("Drama",), ("Comedy",), ("Drama",), ("War",)),
    qualities=[0.5, 0.5, 0.5, 0.25],
)
"""In two bins the items stand at 0, 0.25, 0.75 and 1: between the middles of the bins."""
VECTORS = ItemVectors(np.array([[1, 0], [0, 1], [0.6, 0.8], [0, 0]], np.float32))


def profile(
    state: UserState,
    vectors: ItemVectors | None = None,
    settings: RankingSettings = SETTINGS,
    statistics: ItemStatistics = STATISTICS,
    ease: Ease | None = None,
) -> UserProfile:
    return profile_of(state, Sources(statistics, vectors, ease=ease), settings, Scratch())


def test_response_rate_compares_likes_with_what_was_to_be_expected() -> None:
    assert response_rate_of(hits=2, expected=0.5) == pytest.approx(3 / 1.5)


def test_who_was_shown_nothing_responds_as_the_average() -> None:
    assert response_rate_of(hits=0, expected=0.0) == 1.0


def test_likes_draw_to_genres_and_dislikes_away() -> None:
    found = profile(user(likes=[0], dislikes=[1]))

    # By rarity: two of four items are dramas, one is a comedy.
    assert_allclose(found.genre_preferences, [log(5 / 3), -0.5 * log(5 / 2), 0])


def test_dislikes_without_a_like_are_an_aversion_to_a_genre() -> None:
    found = profile(user(likes=[1], dislikes=[0, 2, 0, 2, 0]))

    assert_allclose(found.genre_aversion, [log(1 / 6), 0, 0])
    with_a_like = profile(user(likes=[0], dislikes=[0, 2, 0, 2, 0]))
    assert_array_equal(with_a_like.genre_aversion, [0, 0, 0])


def test_who_responds_seldom_is_not_expected_to_interact_much() -> None:
    # No like where 3/4 were expected: they respond 1/(3/4 + 1) = 4/7 times as often; a dislike, or
    # a like of what they were not shown, is no response.
    seldom = profile(user(shown=[1, 2]))
    otherwise = profile(user(likes=[0], dislikes=[3], shown=[1, 2, 3]))

    left, right = 0.75 * 0.5 + 0.25 * 1.0, 0.25 * 0.5 + 0.75 * 1.0
    expected = np.array([left, right]) * 4 / 7
    assert_allclose(seldom.position_affinity, np.log(2 / (expected + 2)))
    responding = 1 / (7 / 8 + 1)
    shown = np.array([left, right + 0.125 / 0.25]) * responding
    assert_allclose(otherwise.position_affinity, np.log([3, 3] / (shown + 2)))


def test_positions_count_interactions_of_both_kinds_against_those_expected() -> None:
    # Shown the last item: they respond 1/(1/8 + 1) = 8/9 times as often, so that 8/9 * 1/8 likes,
    # and 8/9 * 1/8 / 1/4 = 4/9 interactions were expected.
    found = profile(user(likes=[0], dislikes=[1], shown=[3]))

    left, right = 1 + 0.75, 0.25
    assert_allclose(found.position_affinity, [log((left + 2) / 2), log((right + 2) / (4 / 9 + 2))])


def test_the_prior_of_positions_holds_back() -> None:
    found = profile(user(likes=[0]), settings=replace(SETTINGS, prior_position_interactions=4.0))

    assert_allclose(found.position_affinity, [log(5 / 4), 0])


def test_there_are_as_many_positions_as_bins() -> None:
    found = profile(user(likes=[0]), settings=replace(SETTINGS, position_bins=7))

    assert len(found.position_affinity) == 7


KNOWN_BY_THEMSELVES = replace(
    STATISTICS,
    counts=replace(STATISTICS.counts, organic_share=0.1),
    interactions_by_position=np.array([6.0, 4.0]),
)
"""Who found one item by themselves was exposed to a tenth of what all items would bring."""


def test_who_found_items_by_themselves_was_exposed_to_all_others() -> None:
    found = profile(user(likes=[0], dislikes=[3]), statistics=KNOWN_BY_THEMSELVES)

    # Two items: 2 * 0.1 of the interactions of who knows the whole catalogue.
    assert_allclose(found.position_affinity, [log(3 / 3.2), log(3 / 2.8)])


def test_what_they_were_shown_they_did_not_find_by_themselves() -> None:
    found = profile(user(likes=[0], shown=[0]), statistics=KNOWN_BY_THEMSELVES)
    expected = profile(user(likes=[0], shown=[0]))

    assert_allclose(found.position_affinity, expected.position_affinity)


EASE = Ease.of(rows(0, 2), np.array([[0, 0.5], [-0.5, 0]], np.float32), 4)


def test_ease_foresees_by_likes() -> None:
    found = profile(user(likes=[0, 99], dislikes=[2]), ease=EASE).ease

    assert found is not None
    assert_allclose(found, [0, 0.5])


def test_without_likes_ease_foresees_nothing() -> None:
    assert profile(user(dislikes=[0]), ease=EASE).ease is None
    assert profile(user(likes=[0])).ease is None


def test_interactions_stay_in_order_and_likes_are_found() -> None:
    found = profile(UserState(rows(3, 0, 2), rows(+1, -1, +1)))

    assert_array_equal(found.rows, [3, 0, 2])
    assert_array_equal(found.signs, [+1, -1, +1])
    assert_array_equal(found.liked, [3, 2])


def test_silent_is_what_was_shown_and_not_answered_in_order() -> None:
    found = profile(user(likes=[0], dislikes=[2], shown=[3, 0, 1, 2]))

    assert_array_equal(found.silent, [3, 1])


def test_rows_that_the_statistics_do_not_have_yet_are_left_out() -> None:
    found = profile(user(likes=[0, 4], dislikes=[99], shown=[4, 1, 5]), VECTORS)
    known = profile(user(likes=[0], shown=[1]), VECTORS)

    assert_array_equal(found.rows, [0])
    assert_array_equal(found.signs, [+1])
    assert_array_equal(found.liked, [0])
    for name in ("genre_preferences", "genre_aversion", "position_affinity", "vector"):
        assert_array_equal(getattr(found, name), getattr(known, name))


def test_who_has_not_interacted_is_a_newcomer_whatever_they_were_shown() -> None:
    assert profile(user(shown=[0, 1])).is_newcomer
    assert not profile(user(dislikes=[0])).is_newcomer


def test_the_model_places_a_user_by_likes_and_dislikes() -> None:
    found = profile(user(likes=[0, 0], dislikes=[1, 1, 1]), VECTORS).vector

    # (2, 0) - 0.5 * (0, 3), of length 2.5
    assert found is not None
    assert_allclose(found, [0.8, -0.6])


def test_without_a_model_or_without_interactions_there_is_no_such_place() -> None:
    assert profile(user(likes=[0])).vector is None
    assert profile(user(shown=[0]), VECTORS).vector is None


GENRES = genre_table(("Horror",), ("Horror", "War"), ("Comedy",), ())


@pytest.mark.parametrize(
    ("liked", "divergence"),
    [
        ([], 0.0),
        ([0], log(10) / 2),
        ([0, 1, 0], 3 * log(10) / 4),
        ([0, 2], 2 / 3 * (0.5 * log(0.5 / 0.1) + 0.5 * log(0.5 / 0.9))),
        ([2, 2], 2 * log(2) / 3),
        ([3, 3], 0.0),
    ],
)
def test_the_genre_that_differs_most_tells_how_distinct_a_taste_is(
    liked: list[int], divergence: float
) -> None:
    shares = np.array([0.1, 0.2, 0.5])

    assert distinctness(rows(*liked), GENRES, shares) == pytest.approx(divergence, abs=1e-6)


TEN_GENRES = genre_table(*((f"genre {number}",) for number in range(10)))


@pytest.mark.parametrize(
    ("liked", "divergence"),
    [
        ([0] * 4 + [1] * 4, 8 / 9 * log((3 + 2 * 0.1) / (7 + 2) / 0.1)),
        ([0, 1, 2] * 3, 9 / 10 * log((2 + 2 * 0.1) / (8 + 2) / 0.1)),
        (list(range(8)), 8 / 9 * (log(1 / 8 / 0.1) / 8 + 7 / 8 * log(7 / 8 / 0.9))),
    ],
    ids=["two tastes", "three tastes", "no taste"],
)
def test_several_tastes_are_distinct_too(liked: list[int], divergence: float) -> None:
    shares = np.full(10, 0.1)

    assert distinctness(rows(*liked), TEN_GENRES, shares) == pytest.approx(divergence, abs=1e-6)


def test_many_rare_genres_that_a_user_likes_once_each_are_no_taste() -> None:
    many = genre_table(*((f"genre {number}",) for number in range(3000)))
    shares = np.full(3000, 1 / 3000)

    assert distinctness(rows(*range(16)), many, shares) < 0.5


@pytest.mark.parametrize("share", [0.0, 1.0, 1.7])
def test_a_share_that_cannot_be_is_no_infinite_taste(share: float) -> None:
    found = distinctness(rows(0, 0), GENRES, np.full(3, share))

    assert 0 <= found <= 2 * log(100) / 3


def test_without_genres_no_taste_is_distinct() -> None:
    assert distinctness(rows(0), genre_table(()), np.zeros(0)) == 0.0
