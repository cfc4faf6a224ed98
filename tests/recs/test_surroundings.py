"""Neighbours in the catalogue speak for a title that nobody was shown."""

import numpy as np

from recs.ranking_settings import RankingSettings
from recs.surroundings import watched_around

SETTINGS = RankingSettings(surroundings_width=2.0, prior_surroundings=0.5)


def test_a_title_among_watched_ones_is_expected_to_be_watched():
    opinions = np.array([4.0, 4.0, 0.0, 4.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    exposure = np.array([8.0, 8.0, 0.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0])

    around = watched_around(opinions, exposure, SETTINGS)

    assert around[2] > 0.5
    assert around[10] < -0.5


def test_a_title_tells_nothing_about_itself():
    opinions, exposure = np.zeros(9), np.ones(9)
    opinions[4] = 1.0

    around = watched_around(opinions, exposure, SETTINGS)

    assert around[4] < around[3]


def test_without_any_showing_all_surroundings_are_alike():
    around = watched_around(np.zeros(30), np.zeros(30), SETTINGS)

    np.testing.assert_allclose(around, 0.0)


def test_in_a_catalogue_of_random_order_surroundings_hardly_differ():
    rng = np.random.default_rng(1)
    exposure = np.full(4000, 20.0)
    opinions = rng.permutation(rng.pareto(1.5, 4000))

    around = watched_around(opinions, exposure, RankingSettings())

    assert np.abs(around).mean() < 0.25
