"""What a window counts of interactions and impressions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from tests.recs.ranking.windows import ANNA, BORIS, N_ITEMS, UNSHOWN, add_items, new_window

# Interactions


def test_likes_and_dislikes_are_counted() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(BORIS, 1, +1, 2.0)
    window.record_interaction(BORIS, 2, -1, 3.0)

    counts = window.refresh().counts

    assert_array_equal(counts.likes, [0, 2, 0, 0, 0, 0])
    assert_array_equal(counts.dislikes, [0, 0, 1, 0, 0, 0])
    assert (counts.total_likes, counts.total_dislikes) == (2, 1)


def test_who_thinks_otherwise_later_counts_by_that_only() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 1, -1, 2.0)

    counts = window.refresh().counts

    assert (counts.likes[1], counts.dislikes[1]) == (0, 1)


def test_the_same_interaction_again_changes_nothing() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 1, +1, 2.0)

    assert window.refresh().counts.likes[1] == 1
    assert len(window) == 1


def test_an_old_like_that_comes_late_changes_nothing() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, -1, 5.0)
    window.record_interaction(ANNA, 1, +1, 4.0)

    counts = window.refresh().counts

    assert (counts.likes[1], counts.dislikes[1]) == (0, 1)


def test_a_repeated_interaction_is_as_late_as_its_last_time() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 1, +1, 9.0)
    window.record_interaction(ANNA, 1, -1, 5.0)

    assert window.refresh().counts.likes[1] == 1


def test_of_interactions_at_the_same_time_the_one_that_came_last_counts() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 1, -1, 1.0)

    assert window.refresh().counts.dislikes[1] == 1


def test_what_was_undone_does_not_count() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, +1, 1.0)
    window.record_interaction(ANNA, 2, -1, 1.0)
    window.record_interaction(ANNA, 1, 0, 2.0)
    window.record_interaction(ANNA, 2, 0, 2.0)

    counts = window.refresh().counts

    assert_array_equal([counts.likes, counts.dislikes], np.zeros((2, N_ITEMS)))


def test_an_old_like_that_comes_after_its_undo_changes_nothing() -> None:
    window = new_window()
    window.record_interaction(ANNA, 1, 0, 2.0)
    window.record_interaction(ANNA, 1, +1, 1.0)

    assert window.refresh().counts.likes[1] == 0


def test_an_interaction_with_an_item_of_no_catalogue_is_counted() -> None:
    window = new_window(n_items=2)
    window.record_interaction(ANNA, 4, +1, 1.0)

    statistics = window.refresh()

    assert_array_equal(statistics.counts.likes, [0, 0, 0, 0, 1])
    assert_array_equal(statistics.known, [True, True, False, False, False])
    assert len(statistics) == 5


# Impressions


def test_an_impression_counts_once_a_user() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0, 1, 1])
    window.record_impressions(ANNA, [1, 0])
    window.record_impressions(BORIS, [1])

    assert_array_equal(window.refresh().counts.impressions, [1, 2, 0, 0, 0, 0])
    assert len(window) == 3


def test_impressions_are_whole_numbers() -> None:
    assert new_window().refresh().counts.impressions.dtype == np.int64


def test_an_impression_of_an_item_of_no_catalogue_is_counted() -> None:
    window = new_window(n_items=1)
    window.record_impressions(ANNA, [3])

    assert_array_equal(window.refresh().counts.impressions, [0, 0, 0, 1])


def test_an_impression_weighs_as_much_as_its_user_responds() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0, 1])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_impressions(BORIS, [0])

    counts = window.refresh().counts

    anna, boris = (1 + 1) / (2 * UNSHOWN + 1), 1 / (UNSHOWN + 1)
    assert_allclose(counts.exposure, [anna + boris, anna, 0, 0, 0, 0])
    assert counts.total_exposure == pytest.approx(2 * anna + boris)


def test_a_like_of_what_they_were_not_shown_says_nothing_of_how_they_respond() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    window.record_interaction(ANNA, 1, +1, 1.0)

    assert window.refresh().counts.exposure[0] == pytest.approx(1 / (UNSHOWN + 1))


def test_a_dislike_says_nothing_of_how_they_respond() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    window.record_interaction(ANNA, 0, -1, 1.0)

    assert window.refresh().counts.exposure[0] == pytest.approx(1 / (UNSHOWN + 1))


def test_a_like_that_was_undone_says_nothing_of_how_they_respond() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 0, 0, 2.0)

    assert window.refresh().counts.exposure[0] == pytest.approx(1 / (UNSHOWN + 1))


def test_a_like_may_come_before_its_impression() -> None:
    window = new_window()
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.refresh()
    window.record_impressions(ANNA, [0])

    assert window.refresh().counts.total_hits == 1


def test_earlier_impressions_weigh_by_what_is_known_of_a_user_by_now() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    rates = window.refresh().rates
    window.record_impressions(ANNA, [1])
    window.record_interaction(ANNA, 0, +1, 1.0)

    exposure = window.refresh().counts.exposure

    anna = (1 + 1) / (rates[0] + rates[1] + 1)
    assert_allclose(exposure, [anna, anna, 0, 0, 0, 0])


def test_who_did_nothing_since_keeps_their_weight() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    before = window.refresh().counts.exposure[0]
    window.record_impressions(BORIS, [1, 2])

    assert window.refresh().counts.exposure[0] == before


def test_new_items_are_expected_to_be_liked_as_often_as_all() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0, 1, 2])
    window.refresh()
    add_items(window, 9)
    window.record_impressions(BORIS, [8])

    exposure = window.refresh().counts.exposure

    after_anna = 1 / (51 + 3 / (3 * UNSHOWN + 1))
    assert exposure[8] == pytest.approx(1 / (after_anna + 1))


def test_likes_of_what_was_shown_are_hits_and_others_are_organic() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0, 1])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 1, -1, 1.0)
    window.record_interaction(ANNA, 2, +1, 1.0)
    window.record_interaction(BORIS, 3, -1, 1.0)

    counts = window.refresh().counts

    # Two users found two items by themselves: of mean (2 + 5 * 100)/(2 + 5).
    assert counts.total_hits == 1
    assert counts.organic_exposure == pytest.approx(2 / (502 / 7))
