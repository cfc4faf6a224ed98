"""Neighbours in the catalogue speak for a title that nobody was shown."""

import numpy as np

from recs.ranking_settings import RankingSettings
from recs.surroundings import watched_around

SETTINGS = RankingSettings(surroundings_width=2.0, prior_surroundings=0.5)


def test_a_title_among_watched_ones_is_expected_to_be_watched():
    opinions = np.array([4.0, 4.0, 0.0, 4.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    exposure = np.array([8.0, 8.0, 0.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0])

    around = watched_around(opinions, exposure, SETTINGS)

    assert around[2] > 0.4
    assert around[10] < -0.4


def test_a_title_tells_nothing_about_itself():
    opinions, exposure = np.zeros(9), np.ones(9)
    opinions[4] = 1.0

    around = watched_around(opinions, exposure, SETTINGS)

    assert around[4] < around[3]


def test_without_any_showing_all_surroundings_are_alike():
    around = watched_around(np.zeros(30), np.zeros(30), SETTINGS)

    np.testing.assert_allclose(around, 0.0)


def test_what_is_hoped_of_all_titles_together_stays():
    rng = np.random.default_rng(0)
    around = watched_around(rng.poisson(2.0, 500), np.full(500, 8.0), SETTINGS)

    np.testing.assert_allclose(around.mean(), 0.0, atol=1e-12)


def test_one_hit_that_everybody_was_shown_does_not_make_a_good_place():
    opinions, exposure = np.ones(200), np.full(200, 4.0)
    opinions[100], exposure[100] = 300.0, 400.0

    around = watched_around(opinions, exposure, SETTINGS)

    assert around[101] < around[50] + 0.2


def test_in_a_catalogue_of_random_order_surroundings_hardly_differ():
    rng = np.random.default_rng(1)
    exposure = np.full(4000, 20.0)
    opinions = rng.permutation(rng.pareto(1.5, 4000))

    around = watched_around(opinions, exposure, RankingSettings())

    assert np.abs(around).mean() < 0.25
