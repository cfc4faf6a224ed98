"""What a refresh of a window computes of its counts, quickly or thoroughly."""

from math import log

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recs.ranking.popularity import like_rates
from tests.recs.ranking.windows import ANNA, BORIS, SETTINGS, UNSHOWN, new_window, of


def test_rates_are_those_of_the_counts() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0, 1])
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 1, -1, 1.0)

    statistics = window.refresh()

    rates, qualities = like_rates(statistics.counts, SETTINGS)
    assert_allclose(statistics.rates, rates)
    assert_allclose(statistics.qualities, qualities)


def test_similarity_is_told_from_what_users_were_exposed_to() -> None:
    window = new_window()
    window.record_impressions(ANNA, [1])
    for user in (ANNA, BORIS):
        window.record_interaction(user, 0, +1, 1.0)
        window.record_interaction(user, 1, +1, 1.0)

    found = window.refresh()

    anna = next(events for user, events in window.users() if user == ANNA)
    exposure = max(anna.response_rate, 0.1) + 2 * found.counts.organic_share  # 2: of Boris
    watched = min(found.rates[1] / found.qualities[1], SETTINGS.max_interaction_rate)
    liked, interacted = found.similarity.liked, found.similarity.interacted
    assert of(liked, 0)[1] == pytest.approx(log(3 / (1 + exposure * found.rates[1])))
    assert of(interacted, 0)[1] == pytest.approx(log(3 / (1 + exposure * watched)))


def test_published_statistics_stay_as_they_are() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    window.record_interaction(ANNA, 0, +1, 1.0)
    published = window.refresh()
    before = published.rates.copy()

    window.record_interaction(ANNA, 0, -1, 2.0)
    window.record_impressions(BORIS, [0])
    window.refresh()

    counts = published.counts
    assert (counts.likes[0], counts.dislikes[0], counts.impressions[0]) == (1, 0, 1)
    assert_array_equal(published.rates, before)
    assert counts.exposure[0] == pytest.approx(2 / (UNSHOWN + 1))


def test_a_quick_refresh_counts_and_leaves_the_rest_as_it_was() -> None:
    window = new_window()
    window.record_impressions(ANNA, [0])
    before = window.refresh()
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 5, +1, 1.0)

    quick = window.refresh(thoroughly=False)

    assert_array_equal(quick.counts.likes, [1, 0, 0, 0, 0, 1])
    assert quick.rates[0] > before.rates[0]
    assert quick.candidates is before.candidates
    assert quick.similarity is before.similarity
    assert_array_equal(quick.counts.neighbourhood, before.counts.neighbourhood)


def test_a_quick_refresh_that_comes_first_has_no_candidates_yet() -> None:
    window = new_window()

    statistics = window.refresh(thoroughly=False)

    assert len(statistics.candidates.popular) == len(statistics.similarity.liked.lists) == 0
    assert_array_equal(statistics.genre_shares, [0, 0])
    assert_array_equal(statistics.interactions_by_position, np.zeros(SETTINGS.position_bins))
    assert statistics.positions_matter is False


def test_an_empty_catalogue_has_empty_statistics() -> None:
    window = new_window(n_items=0)

    assert len(window.refresh()) == 0


def test_a_thorough_refresh_makes_up_for_quick_ones() -> None:
    window = new_window()
    window.record_interaction(ANNA, 0, +1, 1.0)
    window.record_interaction(ANNA, 5, +1, 1.0)
    window.refresh(thoroughly=False)

    found = window.refresh()

    assert 5 in of(found.similarity.liked, 0)
    assert window.n_waiting == 0
