"""Who leaves a window: users away longest, where it is full, and users who are forgotten."""

from math import log

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.types import UserId
from tests.recs.ranking.windows import ANNA, BORIS, CLARA, assert_same_counts, new_window, of


def test_who_was_away_longest_leaves_first() -> None:
    window = new_window(capacity=3)
    window.record_impressions(ANNA, [0])
    window.record_impressions(BORIS, [1, 2])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_impressions(CLARA, [3])

    counts = window.refresh().counts

    assert [user for user, _ in window.users()] == [ANNA, CLARA]
    assert_array_equal(counts.impressions, [1, 0, 0, 1, 0, 0])


def test_a_window_that_is_just_full_keeps_everybody() -> None:
    window = new_window(capacity=4)
    window.record_impressions(ANNA, [0, 1])
    window.record_impressions(BORIS, [1, 2])

    window.refresh()

    assert (window.n_users, len(window)) == (2, 4)


def test_no_more_users_leave_than_must() -> None:
    window = new_window(n_items=500, capacity=200)
    for number in range(300):
        window.record_impressions(UserId(str(number)), [number])
    window.record_impressions(ANNA, range(150))

    window.refresh()

    assert (len(window), window.n_users) == (200, 51)


def test_no_more_users_leave_than_must_where_many_have_to() -> None:
    window = new_window(n_items=600, capacity=300)
    for number in range(4):
        window.record_impressions(UserId(str(number)), range(150 * number, 150 * number + 150))

    window.refresh()

    assert (len(window), window.n_users) == (300, 2)


def test_the_last_user_stays_however_much_they_did() -> None:
    window = new_window(n_items=2000, capacity=10)
    window.record_impressions(ANNA, range(1000))
    window.record_impressions(BORIS, range(1000, 2000))

    window.refresh()

    assert [user for user, _ in window.users()] == [BORIS]
    assert len(window) == 1000


def test_a_user_who_is_forgotten_leaves_no_trace() -> None:
    window, without = new_window(), new_window()
    for each in (window, without):
        each.record_impressions(ANNA, [0, 1])
        each.record_interaction(ANNA, 0, +1, 1.0)
        each.refresh()
    window.record_impressions(BORIS, [1, 2])
    window.refresh()
    window.record_impressions(BORIS, [3])
    window.record_interaction(BORIS, 0, +1, 1.0)
    window.record_interaction(BORIS, 1, -1, 1.0)
    window.record_interaction(BORIS, 2, +1, 1.0)
    window.record_interaction(BORIS, 2, 0, 2.0)

    window.forget(BORIS)

    assert_same_counts(window.refresh(), without.refresh())
    assert (len(window), window.n_users) == (len(without), 1)


def test_who_was_counted_and_is_forgotten_leaves_no_trace() -> None:
    window, without = new_window(), new_window()
    for each in (window, without):
        each.record_interaction(ANNA, 0, +1, 1.0)
        each.refresh()
    window.record_impressions(BORIS, [0, 1, 2])
    window.record_interaction(BORIS, 0, +1, 1.0)
    window.record_interaction(BORIS, 1, +1, 1.0)
    window.record_interaction(BORIS, 5, -1, 1.0)
    window.refresh()

    window.forget(BORIS)

    statistics = window.refresh()
    assert_same_counts(statistics, without.refresh())
    assert of(statistics.similarity.liked, 0) == of(statistics.similarity.interacted, 5) == {}
    assert of(statistics.similarity.liked, 1) == {}


def test_forgetting_somebody_unknown_changes_nothing() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])

    window.forget(BORIS)

    assert (len(window), window.n_users) == (1, 1)


def test_what_was_ever_shown_is_remembered() -> None:
    window = new_window()
    window.record_impressions(ANNA, [1, 3])
    window.forget(ANNA)

    assert np.flatnonzero(window.ever_shown()).tolist() == [1, 3]


def test_a_newcomer_in_the_place_of_someone_forgotten_is_somebody_else() -> None:
    window = new_window()
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(BORIS, 1, +1, 1.0)
    window.forget(ANNA)
    window.record_interaction(CLARA, 1, +1, 1.0)
    window.record_interaction(CLARA, 2, +1, 1.0)

    similarity = window.refresh().similarity

    assert len({events.index for _, events in window.users()}) == 2
    assert of(similarity.liked, 1) == pytest.approx({2: log(2)}, rel=0.02)
    assert of(similarity.liked, 0) == {}
