"""What a window tells of items by those near to them in the catalogue."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from recs.ranking.neighbourhood import neighbourhood_prior
from tests.recs.ranking.windows import ANNA, BORIS, SETTINGS, new_window


def test_items_in_a_good_neighbourhood_start_higher() -> None:
    window = new_window(n_items=800)
    window.record_impressions(ANNA, range(0, 800, 2))
    for row in range(0, 100, 2):
        window.record_interaction(ANNA, row, +1, 1.0)

    rates = window.refresh().rates

    assert rates[51] > 1.05 * rates[701]


def test_items_of_no_catalogue_tell_nothing_of_their_neighbourhood() -> None:
    hidden, good = range(600, 700, 2), range(0, 100, 2)
    window, without = (new_window(n_items=800, unknown=hidden) for _ in range(2))
    for each in (window, without):
        each.record_impressions(BORIS, range(800))
        for row in good:
            each.record_interaction(BORIS, row, +1, 1.0)
    for row in hidden:
        window.record_interaction(BORIS, row, -1, 1.0)

    around, expected = (each.refresh().counts.neighbourhood for each in (window, without))

    assert around[51] > 0 > around[651]
    assert_allclose(around, expected, atol=1e-9)


def test_neighbourhoods_are_those_of_interactions_of_both_kinds() -> None:
    window = new_window(n_items=800)
    window.record_impressions(ANNA, range(800))
    for row in range(0, 100, 2):
        window.record_interaction(ANNA, row, -1 if row % 4 else +1, 1.0)

    counts = window.refresh().counts

    came = np.zeros(800)
    came[0:100:2] = 1
    expected = neighbourhood_prior(came, counts.exposure, SETTINGS)
    assert_allclose(counts.neighbourhood, expected, atol=1e-12)


def test_neighbourhoods_are_also_those_of_what_users_found_by_themselves() -> None:
    window = new_window(n_items=800, unknown=[700, 701])
    window.record_impressions(ANNA, range(400))
    for row in range(0, 100, 2):
        window.record_interaction(BORIS, row, +1, 1.0)
        window.record_interaction(ANNA, row, +1, 1.0)

    counts = window.refresh().counts

    came = np.zeros(800)
    came[0:100:2] = 2
    expected = neighbourhood_prior(came, counts.exposure + counts.organic_exposure, SETTINGS)
    assert_allclose(counts.neighbourhood, expected, atol=1e-12)


def test_neighbourhoods_that_may_be_chance_do_not_count() -> None:
    window = new_window(n_items=800)
    window.record_impressions(ANNA, range(800))
    for row in range(0, 800, 200):
        window.record_interaction(ANNA, row, +1, 1.0)

    assert_array_equal(window.refresh().counts.neighbourhood, np.zeros(800))
