from math import log

import numpy as np
from numpy.testing import assert_allclose

from recs.ranking.affinities import (
    affinity,
    at_positions,
    genre_aversion,
    in_position_bins,
    positions_of,
)
from tests.recs.ranking.tables import rows


def test_what_was_done_more_often_than_expected_has_affinity() -> None:
    found = affinity(np.array([2.0, 0, 1]), np.array([1.0, 0.25, 1]), prior=1.0)

    assert_allclose(found, [log((2 + 1) / (1 + 1)), log((0 + 1) / (0.25 + 1)), 0])


def test_a_stronger_prior_moves_less() -> None:
    assert_allclose(affinity(np.ones(1), np.zeros(1), prior=2.0), [log(3 / 2)])


def test_in_the_middle_of_a_bin_an_item_belongs_to_it() -> None:
    assert_allclose(
        in_position_bins(np.array([0.125, 0.875]), np.array([1.0, 0.5]), 4), [1, 0, 0, 0.5]
    )


def test_between_the_middles_of_two_bins_each_has_its_share() -> None:
    # 0.2 * 4 - 0.5 = 0.3: by 0.7 in bin 0, by 0.3 in bin 1
    assert_allclose(in_position_bins(np.array([0.2]), np.array([2.0]), 4), [1.4, 0.6, 0, 0])


def test_several_in_a_bin_add_up() -> None:
    assert_allclose(in_position_bins(np.array([0.375, 0.375]), np.ones(2), 4), [0, 2, 0, 0])


def test_the_ends_of_the_catalogue_belong_to_the_outermost_bins() -> None:
    assert_allclose(in_position_bins(np.array([0.0, 1.0]), np.ones(2), 4), [1, 0, 0, 1])


def test_nothing_is_in_no_bin() -> None:
    assert_allclose(in_position_bins(np.zeros(0), np.zeros(0), 3), [0, 0, 0])


def test_affinities_of_bins_flow_into_each_other() -> None:
    found = at_positions(np.array([0.0, 1.0]), np.array([0.0, 0.25, 0.4, 0.5, 0.75, 1.0]))

    # in bins: -0.5 (so 0), 0, 0.3, 0.5, 1, 1.5 (so 1)
    assert_allclose(found, [0, 0, 0.3, 0.5, 1, 1])


def test_items_are_spread_evenly_over_the_catalogue() -> None:
    assert_allclose(positions_of(rows(0, 1, 3), 4), [0.125, 0.375, 0.875])


def test_five_dislikes_and_no_like_of_a_genre_are_an_aversion() -> None:
    found = genre_aversion(np.zeros(1), np.array([5.0]), overall=0.6)

    # Wilson's upper end: z² / (n + z²) = 2.706 / 7.706 = 0.351, over 0.7 * 0.6
    assert_allclose(found, [log(0.35117 / 0.42)], rtol=1e-3)


def test_one_dislike_is_none() -> None:
    assert_allclose(genre_aversion(np.zeros(1), np.ones(1), overall=0.6), [0])


def test_a_genre_that_a_long_history_likes_a_little_less_is_none() -> None:
    assert_allclose(genre_aversion(np.array([50.0]), np.array([100.0]), overall=0.6), [0])


def test_a_genre_that_a_long_history_hardly_likes_is_one() -> None:
    assert genre_aversion(np.array([10.0]), np.array([100.0]), overall=0.6)[0] < -0.8


def test_genres_that_nobody_met_are_none() -> None:
    assert_allclose(genre_aversion(np.zeros(2), np.zeros(2), overall=0.6), [0, 0])
