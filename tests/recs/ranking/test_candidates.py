from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from recs.ranking import candidates as module
from recs.ranking.candidates import candidates_for, candidates_within, from_lists
from recs.ranking.ease import Ease
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.scratch import Scratch
from recs.ranking.settings import RankingSettings
from recs.ranking.sources import Nearest, Sources
from recs.ranking.user_profile import profile_of
from recs.ranking.user_state import UserState
from recs.types import FloatArray, IntArray
from tests.recs.ranking.tables import candidate_lists, genre_table, item_statistics, rows, user

NONE = RankingSettings(
    popular_candidates=0,
    genre_candidates=0,
    fresh_candidates=0,
    new_candidates=0,
    nearest_candidates=0,
    ease_candidates=0,
    hidden_considered=0,
)
"""Without any candidates but neighbours. Each test adds a source."""
EVEN, ODD = 0, 1
LISTS = candidate_lists(
    popular=[5, 4, 3, 2, 1, 0], by_genre=[[4, 2, 0], [5, 3, 1]], fresh=[2, 0, 1], new=[0, 3, 4]
)
STATISTICS = item_statistics(
    [0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
    genres=genre_table(*[("even",), ("odd",)] * 3),
    of=LISTS,
    liked={0: {1: 1.0}, 2: {3: 1.0}},
    interacted={0: {5: 1.0}, 2: {4: 1.0}},
)


def gathered(
    preferences: Sequence[float] = (0, 0), n_hidden: int = 0, **settings: int
) -> list[int]:
    rng = np.random.default_rng(0)
    found = from_lists(LISTS, np.array(preferences), n_hidden, replace(NONE, **settings), rng)
    return found.tolist()


def candidates(
    state: UserState,
    statistics: ItemStatistics = STATISTICS,
    vectors: ItemVectors | None = None,
    nearest: Nearest | None = None,
    ease: Ease | None = None,
    within: IntArray | None = None,
    **settings: int,
) -> list[int]:
    chosen = replace(NONE, **settings)
    sources = Sources(statistics, vectors, nearest, ease)
    profile = profile_of(state, sources, chosen, Scratch())
    rng = np.random.default_rng(0)
    hidden = np.concatenate([state.shown, state.rows])
    rest = hidden, profile, sources, chosen, Scratch(), rng
    found = candidates_for(*rest) if within is None else candidates_within(within, *rest)
    return sorted(found.tolist())


def test_the_most_popular_are_candidates() -> None:
    assert gathered(popular_candidates=2) == [5, 4]


def test_as_many_more_are_taken_as_will_be_left_out() -> None:
    assert gathered(popular_candidates=2, n_hidden=1) == [5, 4, 3]
    assert gathered([1, 0], genre_candidates=1, n_hidden=2) == [5, 4, 4, 2]


@pytest.mark.parametrize(("preferences", "found"), [([1, -1], [4]), ([-1, 1], [5]), ([0, 0], [])])
def test_the_best_of_genres_that_a_user_likes_are_candidates(
    preferences: list[float], found: list[int]
) -> None:
    assert gathered(preferences, genre_candidates=1) == found


def test_only_so_many_genres_count_those_liked_most() -> None:
    assert gathered([0.5, 0.7], genre_candidates=1, genres_considered=1) == [5]
    assert gathered([0.5, 0.7], genre_candidates=1, genres_considered=2) == [5, 4]


def test_the_newest_items_are_candidates() -> None:
    assert gathered(new_candidates=2) == [4, 3]
    assert gathered(new_candidates=0) == []


def test_a_part_of_the_least_shown_are_candidates() -> None:
    assert gathered(fresh_candidates=9) == [2, 0, 1]


def test_each_part_of_the_least_shown_has_its_turn() -> None:
    rng = np.random.default_rng(0)
    settings = replace(NONE, fresh_candidates=2)
    found = [from_lists(LISTS, np.zeros(2), 0, settings, rng).tolist() for _ in range(40)]

    assert sorted({tuple(each) for each in found}) == [(0, 1), (2, 0)]


def test_a_genre_that_came_after_the_pools_has_no_candidates() -> None:
    assert gathered([0, 0, 1], genre_candidates=9, genres_considered=1) == []


def test_neighbours_of_what_a_user_likes_are_candidates() -> None:
    assert candidates(user(likes=[0])) == [1, 5]


def test_items_that_repel_each_other_bring_no_candidates() -> None:
    statistics = replace(
        STATISTICS, similarity=item_statistics([0.1] * 6, liked={0: {1: 0.1, 5: -0.7}}).similarity
    )

    assert candidates(user(likes=[0]), statistics) == [1]


def test_neighbours_of_dislikes_are_candidates_whatever_was_thought_of_them() -> None:
    assert candidates(user(dislikes=[2])) == [3, 4]


def test_only_recent_interactions_bring_neighbours() -> None:
    assert candidates(user(likes=[0, 2]), recent_interactions=1) == [3, 4]
    assert candidates(user(likes=[0, 2]), recent_interactions=2) == [1, 3, 4, 5]
    assert candidates(user(likes=[0, 2]), recent_interactions=0) == []


def test_no_candidate_was_shown_or_interacted_with() -> None:
    state = user(likes=[5], dislikes=[4], shown=[1, 2])

    assert candidates(state, popular_candidates=6, fresh_candidates=3) == [0, 3]


def test_hidden_items_do_not_take_the_places_of_others() -> None:
    state = user(shown=[5, 4])

    assert candidates(state, popular_candidates=2, hidden_considered=500) == [2, 3]


def test_only_so_many_hidden_items_are_made_up_for() -> None:
    state = user(shown=[5, 4, 3])

    assert candidates(state, popular_candidates=2, hidden_considered=2) == [2]


def test_no_candidate_comes_twice() -> None:
    state = user(likes=[0])

    found = candidates(state, popular_candidates=6, fresh_candidates=3, new_candidates=3)

    assert found == [1, 2, 3, 4, 5]


def test_an_item_that_is_in_no_catalogue_is_no_candidate() -> None:
    statistics = item_statistics(
        [0.1, 0.2, 0.3],
        unknown=[1],
        of=candidate_lists(popular=[1, 2]),
        liked={0: {1: 1.0, 2: 1.0}},
    )

    assert candidates(user(likes=[0]), statistics, popular_candidates=9) == [2]


def test_rows_that_the_statistics_do_not_have_yet_hide_nothing() -> None:
    assert candidates(user(likes=[99], shown=[6, 5]), popular_candidates=3) == [3, 4]


def test_items_near_to_a_user_are_candidates() -> None:
    asked: list[tuple[list[float], int]] = []

    def nearest(vector: FloatArray, count: int) -> IntArray:
        asked.append((vector.tolist(), count))
        return rows(3, 6, 0, 99)

    vectors = ItemVectors(np.array([[3, 4]], np.float32) / 5)
    found = candidates(
        user(likes=[0], shown=[2]), STATISTICS, vectors, nearest,
        nearest_candidates=7, recent_interactions=0, hidden_considered=2, genres_considered=0,
    )  # fmt: skip

    assert found == [3, 4, 5]
    assert asked == [(pytest.approx([0.6, 0.8]), 7 + 2)]


EASE = Ease.of(rows(5, 3, 0), np.array([[0, 0, 0], [0, 0, 0], [0.1, 0.2, 0]], np.float32), 6)
"""Who likes item 0 likes item 3, and item 5 less."""


def test_what_ease_foresees_is_a_candidate_the_most_likely_first() -> None:
    state = user(likes=[0])

    found = [
        candidates(state, ease=EASE, ease_candidates=count, recent_interactions=0)
        for count in (0, 1, 2, 99)
    ]

    assert found == [[], [3], [3, 5], [3, 5]]


def test_those_come_that_ease_foresees_most_surely() -> None:
    chances = np.random.default_rng(0).permutation(60).astype(np.float32)
    weights = np.zeros((60, 60), np.float32)
    weights[0] = chances
    best = sorted(np.flatnonzero(chances >= 50).tolist())

    found = candidates(
        user(likes=[0]), item_statistics([0.1] * 60), ease=Ease.of(np.arange(60), weights, 60),
        ease_candidates=10, recent_interactions=0,
    )  # fmt: skip

    assert found == best


def test_as_much_more_of_what_ease_foresees_is_taken_as_will_be_left_out() -> None:
    found = candidates(
        user(likes=[0], shown=[3]), ease=EASE, ease_candidates=1, recent_interactions=0,
        hidden_considered=1, genres_considered=0, popular_candidates=-1,
    )  # fmt: skip

    assert found == [5]


def test_ease_foresees_nothing_for_who_likes_nothing_or_without_a_model() -> None:
    nothing = Ease.of(rows(), np.zeros((0, 0), np.float32), 6)

    assert candidates(user(dislikes=[1]), ease=EASE, ease_candidates=3) == []
    assert candidates(user(likes=[1]), ease=nothing, ease_candidates=3) == []


def test_what_ease_foresees_of_items_not_in_the_statistics_yet_is_left_out() -> None:
    ahead = Ease.of(rows(1, 6), np.array([[0, 1], [0, 0]], np.float32), 8)

    assert candidates(user(likes=[1]), ease=ahead, ease_candidates=2) == []


def test_nobody_is_asked_what_is_near_to_a_user_of_whom_nothing_is_known() -> None:
    def nearest(vector: FloatArray, count: int) -> IntArray:
        raise AssertionError

    assert candidates(user(shown=[0]), nearest=nearest, popular_candidates=1) == [5]
    assert candidates(user(likes=[0]), nearest=nearest) == [1, 5]


def test_under_a_filter_each_source_brings_as_many_as_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SCORED_MOST", 0)
    vectors = ItemVectors(np.array([[1, 0], [1, 0], [0, 1], [0.8, 0.6], [0, 1]], np.float32))
    state, some = user(likes=[0]), rows(2, 3, 4)

    assert candidates(state, within=some, popular_candidates=1) == [4]
    assert candidates(state, within=some, genre_candidates=1) == [4]
    assert candidates(state, vectors=vectors, within=some, nearest_candidates=1) == [3]
    some = rows(2, 4, 5)
    ahead = Ease.of(rows(0, 3, 5, 7), np.array([[0, 3, 1, 0.5]] * 4, np.float32), 8)
    for ease in (EASE, ahead):
        found = candidates(state, ease=ease, within=some, ease_candidates=1, recent_interactions=0)
        assert found == [5]


def test_all_items_under_a_filter_are_candidates_if_they_are_few() -> None:
    assert candidates(user(likes=[0]), within=rows(0, 2, 4)) == [2, 4]


def test_an_empty_catalogue_has_no_candidates() -> None:
    assert candidates(user(likes=[0], shown=[1]), item_statistics([]), popular_candidates=9) == []
