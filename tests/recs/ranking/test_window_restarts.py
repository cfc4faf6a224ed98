"""A window that goes on where another one stopped."""

from math import log

import pytest
from numpy.testing import assert_array_equal

from recs.ranking.similarity import Similarity
from recs.ranking.window import Window
from tests.recs.ranking.tables import neighbours
from tests.recs.ranking.windows import (
    ANNA,
    BORIS,
    CLARA,
    N_ITEMS,
    add_items,
    assert_same_counts,
    new_window,
    of,
    restored,
)


def test_a_worker_goes_on_where_another_stopped() -> None:
    window = played()

    other = restored(window)

    add_items(other, N_ITEMS)
    assert_same_counts(other.refresh(), window.refresh())
    assert (len(other), other.n_users) == (len(window), window.n_users)
    assert_array_equal(other.ever_shown(), window.ever_shown())


def test_who_came_before_a_restart_goes_on_after_it() -> None:
    window = played()
    other = restored(window)
    window.refresh()
    other.refresh()

    for each in (window, other):
        each.record_impressions(ANNA, [4, 5])
        each.record_interaction(ANNA, 4, +1, 9.0)
        each.record_interaction(BORIS, 2, 0, 9.0)
        each.record_impressions(CLARA, [1])

    assert_same_counts(other.refresh(), window.refresh())


def test_after_a_restart_the_same_items_are_new() -> None:
    window = new_window(n_items=3)
    window.record_impressions(ANNA, [0])
    window.refresh()
    add_items(window, 5)
    window.refresh()

    other = restored(window)
    add_items(other, 6)

    assert other.refresh().candidates.new.tolist() == [3, 4, 5]


def test_a_worker_that_takes_over_has_no_more_items_than_the_one_before() -> None:
    shown, liked = new_window(n_items=1), new_window(n_items=1)
    shown.record_impressions(ANNA, [0])
    liked.record_interaction(ANNA, 0, +1, 1.0)

    assert len(restored(shown).refresh()) == len(restored(liked).refresh()) == 1


def test_neighbours_of_before_a_restart_are_published_until_they_are_computed() -> None:
    window = new_window()
    window.seed_similarity(Similarity(neighbours(6, {0: {5: 0.7}}), neighbours(6, {})))
    seeded = window.refresh().similarity
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 1, +1, 1.0)

    assert of(seeded.liked, 0) == pytest.approx({5: 0.7})
    assert of(window.refresh().similarity.liked, 0) == pytest.approx({1: log(2)}, rel=0.01)


def played() -> Window:
    window = new_window()
    window.record_impressions(ANNA, [0, 1, 2])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.refresh()
    window.record_impressions(BORIS, [2, 3, 4])
    window.record_interaction(BORIS, 2, -1, 2.0)
    window.record_interaction(BORIS, 5, +1, 2.0)
    window.record_interaction(BORIS, 0, +1, 2.0)
    window.record_interaction(CLARA, 2, -1, 2.0)
    window.record_interaction(BORIS, 4, +1, 2.0)
    window.record_interaction(BORIS, 4, 0, 3.0)
    window.refresh()
    return window
