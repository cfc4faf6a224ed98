import numpy as np
import pytest
from numpy.testing import assert_allclose

from recs.history import History, Viewer
from recs.popularity import like_rates, overall_rates
from recs.ranking_settings import RankingSettings
from recs.types import ItemId, UserId

SETTINGS = RankingSettings()


@pytest.fixture
def history() -> History:
    history = History()
    for item in "abcd":
        history.row_of(ItemId(item))
    return history


@pytest.fixture
def viewer(history: History) -> Viewer:
    return history.viewer_of(UserId("u"))


def test_before_anything_happened_all_titles_are_alike(history: History):
    rates, _ = like_rates(history, SETTINGS)

    assert_allclose(rates, 1 / 51)


def test_a_title_never_shown_starts_at_the_rate_of_all(history: History, viewer: Viewer):
    history.record_impressions(viewer, [0, 1], np.array([0.1, 0.1]))
    history.record_interaction(viewer, 0, +1)

    rates, _ = like_rates(history, SETTINGS)

    assert rates[3] == pytest.approx(overall_rates(history)[0])


def test_a_showing_in_vain_lowers_a_title(history: History, viewer: Viewer):
    history.record_impressions(viewer, [0], np.array([0.1]))

    rates, _ = like_rates(history, SETTINGS)

    assert rates[0] < rates[1]


def test_a_disliked_title_is_still_one_that_people_have_watched(history: History, viewer: Viewer):
    history.record_impressions(viewer, [0, 1, 2], np.array([0.1, 0.1, 0.1]))
    history.record_interaction(viewer, 0, +1)
    history.record_interaction(viewer, 1, -1)

    rates, likes = like_rates(history, SETTINGS)

    assert rates[0] > rates[1] > rates[2]
    assert likes[0] > likes[2] > likes[1]


def test_rates_of_some_titles_are_those_of_all(history: History, viewer: Viewer):
    history.record_impressions(viewer, [0, 1, 2], np.array([0.1, 0.1, 0.1]))
    history.record_interaction(viewer, 0, +1)

    everything, _ = like_rates(history, SETTINGS)
    some, _ = like_rates(history, SETTINGS, np.array([2, 0]))

    assert_allclose(some, everything[[2, 0]])
