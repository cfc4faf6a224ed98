from math import log

import numpy as np
from numpy.testing import assert_allclose

from recs.ranking.affinities import (
    at_positions,
    genre_affinity,
    position_affinity,
    positions_of,
)
from tests.recs.ranking.tables import genre_table, rows

NOTHING = np.zeros(0)
GENRES = genre_table(("Drama",), ("Drama",), ("Comedy",), ("Drama", "Comedy"))


def test_a_genre_liked_more_often_than_expected_has_affinity() -> None:
    found = genre_affinity(GENRES, rows(0, 1), rows(0, 1, 2), np.array([0.5, 0.5, 0.25]), prior=1.0)

    assert_allclose(found, [log((2 + 1) / (1 + 1)), log((0 + 1) / (0.25 + 1))])


def test_genres_of_one_item_share_its_like_and_what_was_expected() -> None:
    found = genre_affinity(GENRES, rows(3), rows(3, 0), np.array([0.4, 0.1]), prior=2.0)

    assert_allclose(found, [log((0.5 + 2) / (0.3 + 2)), log((0.5 + 2) / (0.2 + 2))])


def test_who_likes_as_much_as_expected_has_none() -> None:
    assert_allclose(genre_affinity(GENRES, rows(3), rows(3), np.ones(1), prior=1.0), [0, 0])


def test_positions_interacted_with_more_often_than_expected_have_affinity() -> None:
    early, late = np.array([0.125]), np.array([0.875])

    found = position_affinity(early, late, np.array([0.5]), prior=1.0, bins=4)

    assert_allclose(found, [log(2), 0, 0, log(1 / 1.5)])


def test_a_stronger_prior_moves_less() -> None:
    found = position_affinity(np.array([0.125]), NOTHING, NOTHING, prior=2.0, bins=4)

    assert_allclose(found, [log(3 / 2), 0, 0, 0])


def test_between_the_middles_of_two_bins_each_has_its_share() -> None:
    # 0.2 * 4 - 0.5 = 0.3: by 0.7 in bin 0, by 0.3 in bin 1
    found = position_affinity(np.array([0.2]), NOTHING, NOTHING, prior=1.0, bins=4)

    assert_allclose(found, [log(1.7), log(1.3), 0, 0])


def test_several_in_a_bin_add_up() -> None:
    found = position_affinity(np.array([0.125, 0.125]), NOTHING, NOTHING, prior=1.0, bins=4)

    assert_allclose(found, [log(3), 0, 0, 0])


def test_the_ends_of_the_catalogue_belong_to_the_outermost_bins() -> None:
    found = position_affinity(np.array([0.0, 1.0]), NOTHING, NOTHING, prior=1.0, bins=4)

    assert_allclose(found, [log(2), 0, 0, log(2)])


def test_affinities_of_bins_flow_into_each_other() -> None:
    found = at_positions(np.array([0.0, 1.0]), np.array([0.0, 0.25, 0.4, 0.5, 0.75, 1.0]))

    # in bins: -0.5 (so 0), 0, 0.3, 0.5, 1, 1.5 (so 1)
    assert_allclose(found, [0, 0, 0.3, 0.5, 1, 1])


def test_items_are_spread_evenly_over_the_catalogue() -> None:
    assert_allclose(positions_of(rows(0, 1, 3), 4), [0.125, 0.375, 0.875])
