from math import exp, log

import numpy as np
import pytest
from numpy.testing import assert_allclose

from recs.ranking.neighbourhood import neighbourhood_prior
from recs.ranking.settings import RankingSettings
from recs.types import FloatArray


def around(
    interactions: FloatArray, exposure: FloatArray, width: float = 1.0, weight: float = 1.0
) -> FloatArray:
    settings = RankingSettings(
        neighbourhood_width=width, neighbourhood_weight=weight, prior_neighbourhood=5.0
    )
    return neighbourhood_prior(interactions, exposure, settings)


def test_it_is_what_came_over_what_was_due_around_an_item() -> None:
    # At (1+1)/(3+1) = 1/2 interaction an impression each item weighs 1/(1 + 1 * 1/2 / 1/2) = 1/2;
    # of each 1 * (1/2 * 1 + 1)/(3/2 + 1) = 0.6 interactions were due.
    beside, beyond = exp(-1 / 2), exp(-4 / 2)
    came = [0, 1 / 2 * beside, 1 / 2 * beyond]
    due = [0.3 * (beside + beyond), 0.3 * 2 * beside, 0.3 * (beside + beyond)]
    logs = [log((c + 5) / (d + 5)) for c, d in zip(came, due, strict=True)]

    found = around(np.array([1.0, 0, 0]), np.ones(3))

    assert_allclose(found, np.array(logs) - sum(logs) / 3)


def test_half_of_what_it_tells_counts_by_half() -> None:
    interactions, exposure = np.array([1.0, 0, 2, 0]), np.array([1.0, 2, 3, 1])

    assert_allclose(
        around(interactions, exposure, weight=0.5), around(interactions, exposure) / 2, atol=1e-12
    )


def test_an_item_in_a_good_place_is_expected_to_be_watched() -> None:
    interactions = np.array([4.0, 4, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0])
    exposure = np.array([8.0, 8, 0, 8, 8, 8, 8, 8, 8, 8, 8, 8])

    found = around(interactions, exposure, width=2.0)

    assert found[2] == found.max() > 0
    assert found[10] < 0


def test_an_item_farther_away_than_three_widths_tells_nothing() -> None:
    found = around(np.array([9.0, 0, 0, 0, 0, 0]), np.zeros(6))

    assert found[3] - found[4] > 1e-4
    assert found[4] == pytest.approx(found[5], abs=1e-12)


@pytest.mark.parametrize("width", [0.5, 0.7, 1.5])
def test_the_bell_is_as_wide_to_the_left_as_to_the_right(width: float) -> None:
    found = around(np.array([0.0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0]), np.zeros(11), width)

    assert_allclose(found, found[::-1], atol=1e-12)


def test_the_bell_may_be_wider_than_the_catalogue() -> None:
    found = around(np.array([9.0, 0, 0]), np.zeros(3), width=60.0)

    assert found[1] > found[2] > found[0]


def test_what_is_hoped_of_all_items_together_stays() -> None:
    rng = np.random.default_rng(0)

    assert_allclose(around(rng.poisson(2.0, 500), np.full(500, 8.0)).mean(), 0.0, atol=1e-12)


def test_before_any_impression_all_neighbourhoods_are_alike() -> None:
    assert_allclose(around(np.zeros(30), np.zeros(30)), 0.0)


def test_an_empty_catalogue_has_no_neighbourhoods() -> None:
    assert len(around(np.zeros(0), np.zeros(0))) == 0


def test_one_hit_that_everybody_was_shown_makes_no_good_place() -> None:
    interactions, exposure = np.ones(200), np.full(200, 4.0)
    interactions[100], exposure[100] = 300.0, 400.0

    found = around(interactions, exposure, width=2.0)

    assert found[101] < found[50] + 0.2


def test_in_a_catalogue_in_random_order_neighbourhoods_hardly_differ() -> None:
    rng = np.random.default_rng(1)
    interactions = rng.permutation(rng.pareto(1.5, 4000))

    found = around(interactions, np.full(4000, 20.0), width=60.0, weight=0.5)

    assert np.abs(found).mean() < 0.25
