from collections.abc import Sequence

import numpy as np
import pytest

from recs.ranking.genres import GenreTable
from recs.ranking.reranking import PREFERRED_AT_MOST, Draft, Shortlist, draft_lists
from recs.ranking.settings import RankingSettings
from tests.recs.ranking.tables import genre_table, rows

Tries = Sequence[int]


def draft(
    scores: Sequence[float],
    tries: Tries = (),
    new: Sequence[int] = (),
    n_lists: int = 1,
    n_slots: int = 0,
    slots: Sequence[int] | None = None,
    genres: GenreTable | None = None,
    limits: Sequence[float] | None = None,
    **settings: float,
) -> Draft:
    """Draft lists of three; each item has a genre of its own and is tried often, unless said."""
    n_items = len(scores)
    chosen = {"list_length": 3, "overlap_weight": 0.0, "explored_after": 1, **settings}
    return draft_lists(
        np.array(scores, np.float64),
        np.arange(n_items),
        rows(*(tries or [5] * n_items)),
        rows(*new),
        genres or genre_table(*[(str(row),) for row in range(n_items)]),
        [n_slots] * n_lists if slots is None else slots,
        RankingSettings(**chosen),  # type: ignore[arg-type]
        None if limits is None else np.array(limits),
    )


def lists_of(made: Draft, length: int = 3) -> list[int]:
    """Explore everything that is preferred."""
    return made.fill(made.preferred[: sum(made.open_slots)], length)[0]


ALIKE = genre_table(("Drama",), ("Drama",), ("War",))


def test_without_any_weight_of_overlap_the_best_come_first() -> None:
    assert draft([1, 3, 2, 0]).lists == [[1, 2, 0]]


@pytest.mark.parametrize(("weight", "order"), [(0.3, [0, 1, 2]), (0.5, [0, 2, 1])])
def test_an_item_like_those_chosen_has_to_be_better_by_the_weight(
    weight: float, order: list[int]
) -> None:
    made = draft([3.0, 2.9, 2.5], genres=ALIKE, overlap_weight=weight)

    assert made.lists == [order]


@pytest.mark.parametrize(("score", "third"), [(1.9, 2), (1.6, 3)])
def test_overlap_is_averaged_over_the_items_chosen_before(score: float, third: int) -> None:
    # Item 2 overlaps by 1 with one of the two chosen, so that it costs 1.0 * (1 + 0)/2 = 0.5.
    genres = genre_table(("Drama",), ("War",), ("Drama",), ("Comedy",))
    made = draft([5.0, 4.0, score, 1.2], genres=genres, overlap_weight=1.0)

    assert made.lists == [[0, 1, third]]


def test_each_list_is_varied_in_itself_only() -> None:
    made = draft(
        [3.0, 2.9, 2.5, 2.4], genres=genre_table(*[("Drama",)] * 2, *[("War",)] * 2),
        n_lists=2, list_length=2, overlap_weight=1.0,
    )  # fmt: skip

    # The second begins with the best of what is left, though both lists have drama by then.
    assert made.lists == [[0, 2], [1, 3]]


def test_no_genre_fills_more_of_a_list_than_its_limit() -> None:
    genres = genre_table(*[("Drama",)] * 4, ("War", "Drama"), *[("War",)] * 3)
    made = draft([9, 8, 7, 6, 5, 4, 3, 2], genres=genres, limits=[2, 2], list_length=4)

    assert made.lists == [[0, 1, 5, 6]]


def test_limits_hold_for_each_list_by_itself() -> None:
    genres = genre_table(*[("Drama",)] * 4, *[("War",)] * 4)
    made = draft([9, 8, 7, 6, 5, 4, 3, 2], genres=genres, limits=[2, 9], n_lists=2)

    assert made.lists == [[0, 1, 4], [2, 3, 5]]


def test_where_nothing_else_is_left_a_list_goes_beyond_its_limits() -> None:
    genres = genre_table(*[("Drama",)] * 4, ("War",))
    made = draft([9, 8, 7, 6, 5], genres=genres, limits=[1, 1], list_length=4)

    assert made.lists == [[0, 4, 1, 2]]


def test_only_the_shortlist_is_re_ranked() -> None:
    genres = genre_table(*[("Drama",)] * 3, ("War",))

    short = draft([4, 3, 2, 1], genres=genres, shortlist=3, overlap_weight=9.0)
    long = draft([4, 3, 2, 1], genres=genres, shortlist=4, overlap_weight=9.0)

    assert (short.lists, long.lists) == ([[0, 1, 2]], [[0, 3, 1]])


def test_the_shortlist_of_several_lists_is_longer_by_a_list_each() -> None:
    made = draft([9, 8, 7, 6, 5, 4, 3, 2], n_lists=2, shortlist=3)

    assert made.lists == [[0, 1, 2], [3, 4, 5]]
    assert made.ranking.best(9) == []


def test_lists_that_are_longer_than_the_shortlist_are_full() -> None:
    assert draft([5, 4, 3, 2, 1, 0], n_lists=2, shortlist=2).lists == [[0, 1, 2], [3, 4, 5]]


def test_exploration_slots_stay_open_for_the_least_tried() -> None:
    made = draft([9, 8, 7, 2, 1, 3], [5, 5, 5, 0, 0, 1], n_slots=1, explored_after=2)

    assert (made.lists, made.open_slots) == ([[0, 1]], [1])
    assert made.preferred == [3, 4, 5]


def test_explored_items_stand_at_the_end_and_are_marked() -> None:
    made = draft([9, 8, 7, 2, 1], [5, 5, 5, 0, 0], n_slots=2)

    assert made.fill([4, 3], 3) == ([0, 4, 3], [False, True, True])


def test_an_item_that_was_tried_enough_needs_no_slot() -> None:
    made = draft([9, 8, 7, 1], [5, 5, 5, 2], n_slots=1, explored_after=2)

    assert (made.lists, made.open_slots, made.preferred) == ([[0, 1, 2]], [0], [])


def test_what_is_chosen_by_its_score_is_not_explored_besides() -> None:
    made = draft([9, 8, 7, 1], [0, 0, 0, 0], n_slots=1)

    assert (made.lists, made.preferred) == ([[0, 1]], [2, 3])


def test_each_list_has_its_own_slots() -> None:
    made = draft([9, 8, 7, 6, 2, 1], [5, 5, 5, 5, 0, 0], n_lists=2, n_slots=1)

    assert (made.lists, made.open_slots) == ([[0, 1], [2, 3]], [1, 1])
    assert made.fill([4, 5], 3) == (
        [0, 1, 4, 2, 3, 5], [False, False, True, False, False, True],
    )  # fmt: skip


def test_lists_may_have_different_numbers_of_slots() -> None:
    made = draft([9, 8, 7, 6, 5, 2, 1], [5, 5, 5, 5, 5, 0, 0], slots=[0, 1])

    assert (made.lists, made.open_slots) == ([[0, 1, 2], [3, 4]], [0, 1])


def test_there_are_no_more_slots_than_items_to_explore() -> None:
    made = draft([9, 8, 7, 6, 5, 4, 1], [5, 5, 5, 5, 5, 5, 0], n_lists=2, n_slots=2)

    assert (made.lists, made.open_slots) == ([[0, 1], [2, 3, 4]], [1, 0])


def test_slots_that_nobody_fills_go_to_the_best_that_are_left() -> None:
    made = draft([9, 8, 7, 6, 5, 1], [5, 5, 5, 5, 5, 0], n_lists=1, n_slots=1)

    assert made.fill([], 3) == ([0, 1, 2], [False, False, False])


def test_the_rest_of_one_list_does_not_come_again_in_the_next() -> None:
    made = draft([9, 8, 7, 6, 5, 4, 3], [0] * 7, n_lists=2, n_slots=1)
    explored = made.preferred[:1]

    places, flags = made.fill(explored, 3)

    assert places == [0, 1, 4, 2, 3, 5]
    assert flags == [False, False, True, False, False, False]


def test_an_item_explored_is_not_chosen_for_the_rest() -> None:
    made = draft([9, 8, 1, 2], [5, 5, 0, 0], n_slots=2, n_lists=1)

    assert made.fill([3], 3)[0] == [0, 3, 1]
    assert draft([9, 8, 1, 2], [5, 0, 0, 0], n_slots=2).fill([1], 3)[0] == [0, 1, 3]


def test_of_items_tried_equally_the_better_scored_are_preferred() -> None:
    assert draft([9, 9, 9, 1, 3, 2], [5, 5, 5, 0, 0, 0], n_slots=1).preferred == [4, 5, 3]


def test_only_so_many_are_preferred() -> None:
    n_items = PREFERRED_AT_MOST + 100
    made = draft([float(n_items - row) for row in range(n_items)], [0] * n_items, n_slots=1)

    assert made.preferred == list(range(2, 2 + PREFERRED_AT_MOST))


def test_many_are_preferred_though_the_lists_took_the_best_of_them() -> None:
    n_items = PREFERRED_AT_MOST + 100
    made = draft(
        [float(n_items - row) for row in range(n_items)], [0] * n_items, n_slots=1, list_length=31
    )

    assert made.preferred == list(range(30, 30 + PREFERRED_AT_MOST))


def test_an_item_that_has_just_come_takes_the_first_slot_of_a_list() -> None:
    made = draft(
        [9, 8, 7, 6, 5, 4, 3], [5, 5, 5, 0, 0, 0, 0], new=[6, 5], n_lists=2, n_slots=2
    )  # fmt: skip

    assert (made.lists, made.open_slots) == ([[0, 6], [1, 5]], [1, 1])
    assert made.preferred == [3, 4]


def test_an_item_that_has_just_come_is_no_exploration() -> None:
    made = draft([9, 8, 7, 1], [5, 5, 5, 0], new=[3], n_slots=1)

    assert made.fill([], 3) == ([0, 1, 3], [False, False, False])


def test_an_item_that_has_just_come_and_is_among_the_best_takes_no_slot() -> None:
    made = draft([9, 8, 7, 1, 2], [0, 5, 5, 0, 0], new=[0, 3], n_slots=1)

    assert made.lists == [[0, 1, 3]]


def test_only_the_item_that_takes_a_slot_is_taken_out() -> None:
    made = draft([9, 6, 7, 8], [5, 5, 0, 0], new=[2, 3], n_slots=2)

    assert made.fill([], 3)[0] == [0, 2, 3]


def test_where_nothing_is_to_be_explored_nothing_new_takes_a_place() -> None:
    assert draft([9, 8, 7, 1], new=[3], n_slots=1).lists == [[0, 1, 2]]
    assert draft([9, 8, 7, 1], [5, 5, 5, 0], new=[3], n_slots=0).lists == [[0, 1, 2]]


def test_who_wants_no_slots_explores_nothing_though_the_shortlist_is_short() -> None:
    assert draft([9, 8, 7], [0, 0, 0], n_slots=0, shortlist=1).open_slots == [0]


def test_equal_scores_keep_the_order_of_candidates() -> None:
    made = draft([1.0, 2.0] * 50, list_length=100, shortlist=100)

    assert made.lists == [[*range(1, 100, 2), *range(0, 100, 2)]]


def test_few_items_make_short_lists() -> None:
    made = draft([1, 2], [0, 0], n_lists=2, n_slots=1)

    assert sorted(lists_of(made)) == [0, 1]


def test_no_items_make_empty_lists() -> None:
    assert draft([], n_lists=2, n_slots=1).fill([], 3) == ([], [])


def test_nothing_comes_twice() -> None:
    made = draft([float(row) for row in range(9)], [0] * 9, new=[4, 2], n_lists=3, n_slots=1)

    assert sorted(lists_of(made)) == list(range(9))


def test_a_shortlist_gives_nothing_twice() -> None:
    shortlist = Shortlist(np.array([1.0, 3, 2]), np.arange(3), ALIKE, 3, 0.0)

    assert [shortlist.best(2), shortlist.best(2), shortlist.best(1)] == [[1, 2], [0], []]


def test_what_was_removed_from_a_shortlist_does_not_come() -> None:
    shortlist = Shortlist(np.array([1.0, 3, 2]), np.arange(3), ALIKE, 3, 0.0)

    shortlist.remove([1, 17])

    assert shortlist.best(3) == [2, 0]


def test_of_equals_at_the_end_of_a_shortlist_those_are_left_out_and_no_better_one() -> None:
    shortlist = Shortlist(np.array([1.0, 1, 1, 2, 3]), np.arange(5), ALIKE, 3, 0.0)

    assert shortlist.best(5) == [4, 3, 0]
