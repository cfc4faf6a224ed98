"""What is in a slate."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from recs.ranking.ease import Ease
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.ranker import Ranker
from recs.ranking.slates import ENTRY, NO_ENTRIES
from recs.ranking.sources import Sources
from recs.types import FloatArray, IntArray
from tests.recs.ranking.rankers import (
    KNOWN_ENOUGH,
    PLAIN,
    RATES,
    claim,
    rows_of,
    slate_of,
    sources_in,
)
from tests.recs.ranking.tables import candidate_lists, genre_table, item_statistics, rows, user


def test_a_newcomer_gets_what_most_people_like() -> None:
    slate = slate_of(user())

    assert rows_of(slate) == [7, 6, 5]
    assert_allclose(slate["score"], np.log([0.8, 0.7, 0.6]), rtol=1e-6)
    assert sources_in(slate) == ["popular"] * 3


def test_several_lists_stand_one_after_the_other() -> None:
    assert rows_of(slate_of(user(), n_lists=2)) == [7, 6, 5, 4, 3, 2]


def test_a_small_catalogue_gives_what_it_has() -> None:
    assert rows_of(slate_of(user(), n_lists=9)) == [7, 6, 5, 4, 3, 2, 1, 0]


def test_an_empty_catalogue_gives_an_empty_slate() -> None:
    slate = slate_of(user(likes=[0], shown=[1]), item_statistics([]))

    assert slate.dtype == ENTRY
    assert len(slate) == 0


def test_a_slate_of_nobody_is_nothing() -> None:
    assert Ranker(PLAIN).rank([], Sources(KNOWN_ENOUGH), claim, 1) == []
    assert len(NO_ENTRIES) == 0


def test_what_a_user_was_shown_or_interacted_with_does_not_come() -> None:
    state = user(likes=[7], dislikes=[6], shown=[5, 4])

    assert sorted(rows_of(slate_of(state, n_lists=9))) == [0, 1, 2, 3]


def test_an_item_of_no_catalogue_does_not_come() -> None:
    statistics = item_statistics(RATES, unknown=[7, 5], of=candidate_lists(popular=range(8)))

    assert rows_of(slate_of(user(), statistics)) == [6, 4, 3]


def test_what_others_like_with_a_users_likes_comes_first() -> None:
    statistics = item_statistics(RATES, liked={7: {2: 9.0}})

    slate = slate_of(user(likes=[7]), statistics)

    assert rows_of(slate)[0] == 2
    assert sources_in(slate)[0] == "similar"


def test_ease_brings_what_goes_with_a_users_likes() -> None:
    ease = Ease.of(rows(7, 3), np.array([[0, 5.0], [0, 0]], np.float32), 8)
    statistics = replace(KNOWN_ENOUGH, candidates=candidate_lists(popular=[7, 6, 5]))

    (slate,) = Ranker(PLAIN).rank([user(likes=[7])], Sources(statistics, ease=ease), claim, 1)

    assert rows_of(slate) == [3, 6, 5]
    assert sources_in(slate)[0] == "similar"


def test_a_like_brings_items_of_its_genre_at_once() -> None:
    genres = genre_table(*[("even",), ("odd",)] * 4)
    settings = replace(PLAIN, genre_weight=9.0)

    slate = slate_of(user(likes=[0]), item_statistics(RATES, genres=genres), settings)

    assert rows_of(slate) == [6, 4, 2]
    assert sources_in(slate) == ["genre"] * 3


def test_a_dislike_turns_a_list_away_from_its_genre() -> None:
    genres = genre_table(*[("even",), ("odd",)] * 4)
    settings = replace(PLAIN, genre_weight=9.0)

    slate = slate_of(user(dislikes=[7]), item_statistics(RATES, genres=genres), settings)

    assert rows_of(slate) == [6, 4, 2]


def test_lists_are_varied() -> None:
    genres = genre_table(*[("even",)] * 5, *[("odd",)] * 3)
    settings = replace(PLAIN, overlap_weight=9.0)

    assert rows_of(slate_of(user(), item_statistics(RATES, genres=genres), settings)) == [7, 4, 6]


def test_the_model_brings_items_near_to_a_users_likes() -> None:
    vectors = np.tile(np.array([0, 1], np.float32), (8, 1))
    vectors[[7, 3]] = 1, 0
    settings = replace(PLAIN, prior_model_likes=0.0, model_weight=2.0, position_weight=0.0)

    slate = slate_of(user(likes=[7]), KNOWN_ENOUGH, settings, vectors=ItemVectors(vectors))

    assert rows_of(slate)[0] == 3
    assert sources_in(slate)[0] == "personal"


def test_nearest_items_are_asked_for_by_the_users_vector() -> None:
    asked: list[FloatArray] = []

    def nearest(vector: FloatArray, count: int) -> IntArray:
        asked.append(vector)
        return rows(1)

    vectors = ItemVectors(np.array([[0.6, 0.8]], np.float32))
    statistics = replace(KNOWN_ENOUGH, candidates=candidate_lists())
    sources = Sources(statistics, vectors, nearest)

    (slate,) = Ranker(PLAIN).rank([user(likes=[0])], sources, claim, 1)

    assert rows_of(slate) == [1]
    assert_allclose(asked, [[0.6, 0.8]], rtol=1e-6)


def test_entries_carry_their_score() -> None:
    statistics = item_statistics(RATES, liked={0: {2: 1.0}})
    settings = replace(
        PLAIN, like_similarity_weight=0.5, genre_weight=0.0,
        position_weight=0.0,
    )  # fmt: skip

    slate = slate_of(user(likes=[0]), statistics, settings, n_lists=3)

    scores = dict(zip(rows_of(slate), slate["score"], strict=True))
    assert scores[2] == pytest.approx(np.log(0.3) + 0.5, rel=1e-6)
    assert scores[7] == pytest.approx(np.log(0.8), rel=1e-6)
