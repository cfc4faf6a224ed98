"""Known items in orders that hold for everybody, out of a window."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.ranking.settings import RankingSettings
from tests.recs.ranking.windows import (
    ALL,
    ANNA,
    BORIS,
    add_items,
    new_window,
)


def test_candidates_hold_known_items_the_best_first() -> None:
    window = new_window(unknown=[4])
    for user in (ANNA, BORIS):
        window.record_impressions(user, ALL)
        window.record_interaction(user, 3, +1, 1.0)
    window.record_interaction(ANNA, 2, +1, 1.0)
    window.record_interaction(BORIS, 4, +1, 1.0)

    candidates = window.refresh().candidates

    assert candidates.popular[:2].tolist() == [3, 2]
    assert sorted(candidates.popular) == [0, 1, 2, 3, 5]


def test_lists_of_genres_hold_their_items_the_best_first() -> None:
    window = new_window(unknown=[4])
    window.record_impressions(ANNA, [0, 5])
    window.record_interaction(ANNA, 3, +1, 1.0)

    candidates = window.refresh().candidates

    assert candidates.of_genre(0).tolist() == [2, 0]
    assert candidates.of_genre(1).tolist() == [3, 1, 5]
    assert len(candidates.by_genre) == 2


def test_the_fresh_pool_holds_the_least_shown() -> None:
    window = new_window(unknown=[1], settings=RankingSettings(fresh_most=3))
    window.record_impressions(ANNA, [0, 2])
    window.record_impressions(BORIS, [0])

    assert sorted(window.refresh().candidates.fresh) == [3, 4, 5]


@pytest.mark.parametrize(
    ("each_sees", "fresh"),
    [pytest.param(1, [3, 4, 5], id="enough"), pytest.param(4, [2, 3, 4, 5], id="too few")],
)
def test_the_fresh_pool_holds_explored_items_only_where_others_are_too_few(
    each_sees: int, fresh: list[int]
) -> None:
    """A slate sees a part of the list: of the last unexplored ones it must see all it can."""
    settings = RankingSettings(fresh_candidates=each_sees, fresh_most=5)
    window = new_window(unknown=[1], settings=settings)
    window.record_impressions(ANNA, [0, 2])
    window.record_impressions(BORIS, [0])

    assert sorted(window.refresh().candidates.fresh) == fresh


def test_ties_are_broken_by_lot() -> None:
    ways = {tuple(new_window(seed=seed).refresh().candidates.popular) for seed in range(5)}

    assert len(ways) > 1


def test_the_fresh_pool_is_mixed_each_time() -> None:
    window = new_window(n_items=50)

    assert window.refresh().candidates.fresh.tolist() != window.refresh().candidates.fresh.tolist()


def test_the_fresh_pool_is_in_no_order_so_that_each_part_of_it_is_alike() -> None:
    window = new_window(n_items=100)
    window.record_impressions(ANNA, range(50))

    fresh = window.refresh().candidates.fresh

    assert 10 < np.count_nonzero(fresh[:50] < 50) < 40


def test_the_same_seed_gives_the_same_lists() -> None:
    one, other = (new_window(n_items=50, seed=3).refresh().candidates for _ in range(2))

    assert_array_equal(one.popular, other.popular)
    assert_array_equal(one.fresh, other.fresh)


def test_what_is_there_before_the_first_user_is_not_new() -> None:
    window = new_window(n_items=2)
    add_items(window, 4)
    window.record_impressions(ANNA, [0])

    assert len(window.refresh().candidates.new) == 0


def test_what_comes_later_is_new_until_it_was_shown() -> None:
    window = new_window(n_items=2)
    window.record_impressions(ANNA, [0])
    window.refresh()
    add_items(window, 5, unknown=[3])
    before = window.refresh().candidates.new.tolist()
    window.record_impressions(BORIS, [2])

    assert before == [2, 4]
    assert window.refresh().candidates.new.tolist() == [4]


def test_an_item_is_new_when_it_becomes_known() -> None:
    window = new_window(n_items=3, unknown=[2])
    window.record_impressions(ANNA, [0])
    window.refresh()
    add_items(window, 4)

    assert window.refresh().candidates.new.tolist() == [2, 3]


def test_an_item_that_was_deleted_is_new_only_when_it_is_added_again() -> None:
    window = new_window(n_items=2)
    window.record_impressions(ANNA, [0])
    window.refresh()
    add_items(window, 4)
    add_items(window, 4, unknown=[2])
    without = window.refresh().candidates.new.tolist()
    add_items(window, 4)

    assert without == [3]
    assert window.refresh().candidates.new.tolist() == [3, 2]


def test_an_item_is_not_new_again_when_those_who_saw_it_are_forgotten() -> None:
    window = new_window(n_items=2)
    window.record_impressions(ANNA, [0])
    window.refresh()
    add_items(window, 3)
    window.record_impressions(BORIS, [2])
    window.forget(BORIS)

    assert len(window.refresh().candidates.new) == 0
