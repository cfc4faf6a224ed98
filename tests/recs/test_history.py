import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recs.history import History
from recs.types import ItemId, UserId


@pytest.fixture
def history() -> History:
    history = History()
    for item in "abc":
        history.row_of(ItemId(item))
    return history


def test_a_title_keeps_its_row(history: History):
    assert [history.row_of(ItemId(item)) for item in "cbad"] == [2, 1, 0, 3]


def test_the_last_interaction_to_a_title_counts_and_no_other(history: History):
    viewer = history.viewer_of(UserId("u"))

    history.record_interaction(viewer, 1, +1)
    history.record_interaction(viewer, 1, -1)

    assert_array_equal(history.likes.view, [0, 0, 0])
    assert_array_equal(history.dislikes.view, [0, 1, 0])
    assert (history.total_likes, history.total_dislikes) == (0, 1)


def test_the_same_interaction_again_changes_nothing(history: History):
    viewer = history.viewer_of(UserId("u"))

    assert history.record_interaction(viewer, 1, +1)
    assert not history.record_interaction(viewer, 1, +1)
    assert_array_equal(history.likes.view, [0, 1, 0])


def test_a_interaction_taken_back_leaves_no_trace(history: History):
    viewer = history.viewer_of(UserId("u"))
    history.record_impressions(viewer, [1], np.array([0.5]))
    before = viewer.activity

    history.record_interaction(viewer, 1, +1)
    history.record_interaction(viewer, 1, 0)

    assert viewer.activity == before
    assert history.total_likes == 0
    assert not len(history.opinions_of(viewer)[0])


def test_opinions_come_in_the_order_in_which_they_were_formed(history: History):
    viewer = history.viewer_of(UserId("u"))
    for row, taste in ((2, +1), (0, -1), (1, +1), (2, -1)):
        history.record_interaction(viewer, row, taste)

    rows, tastes = history.opinions_of(viewer)

    assert_array_equal(rows, [0, 1, 2])
    assert_array_equal(tastes, [-1, 1, -1])


def test_activity_compares_likes_with_what_was_to_be_expected(history: History):
    viewer = history.viewer_of(UserId("u"))
    history.record_impressions(viewer, [0, 1], np.array([0.3, 0.2]))
    history.record_interaction(viewer, 0, +1)

    assert viewer.activity == pytest.approx((1 + 1) / (0.5 + 1))


def test_a_like_of_what_he_found_by_himself_says_nothing_of_his_activity(history: History):
    viewer = history.viewer_of(UserId("u"))

    history.record_interaction(viewer, 0, +1)

    assert viewer.activity == 1


def test_a_like_may_be_heard_of_before_the_showing(history: History):
    viewer = history.viewer_of(UserId("u"))

    history.record_interaction(viewer, 0, +1)
    history.record_impressions(viewer, [0], np.array([0.5]))

    assert viewer.activity == pytest.approx((1 + 1) / (0.5 + 1))


def test_a_showing_weighs_as_much_as_its_viewer_is_active(history: History):
    eager, idle = history.viewer_of(UserId("eager")), history.viewer_of(UserId("idle"))
    history.record_impressions(eager, [0], np.array([0.5]))
    history.record_interaction(eager, 0, +1)
    history.record_impressions(idle, [0], np.array([0.5]))

    history.recount_exposure()

    expected = (1 + 1) / (0.5 + 1) + 1 / (0.5 + 1)
    assert_allclose(history.exposure.view, [expected, 0, 0])
    assert history.total_exposure == pytest.approx(expected)
