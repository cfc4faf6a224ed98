from math import log

import numpy as np
from numpy.testing import assert_allclose

from recs.ranking.affinities import (
    affinity,
    at_positions,
    genre_aversion,
    in_bins_by_user,
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


def test_many_users_are_put_into_bins_at_once() -> None:
    positions, weights = np.array([0.2, 0.9, 0.5, 0.2]), np.array([2.0, 1.0, 0.5, 1.0])
    users = rows(0, 2, 0, 2)

    found = in_bins_by_user(positions, users, weights, (3, 4))

    expected = [in_position_bins(positions[users == u], weights[users == u], 4) for u in range(3)]
    assert_allclose(found, expected)


def test_nobody_has_no_bins() -> None:
    found = in_bins_by_user(np.zeros(0), rows(), np.zeros(0), (0, 4))

    assert (found.shape, found.dtype) == ((0, 4), np.float64)


def test_nothing_is_in_no_bin() -> None:
    assert_allclose(in_position_bins(np.zeros(0), np.zeros(0), 3), [0, 0, 0])


def test_affinities_of_bins_flow_into_each_other() -> None:
    found = at_positions(np.array([0.0, 1.0]), np.array([0.0, 0.25, 0.4, 0.5, 0.75, 1.0]))

    # in bins: -0.5 (so 0), 0, 0.3, 0.5, 1, 1.5 (so 1)
    assert_allclose(found, [0, 0, 0.3, 0.5, 1, 1])


def test_items_are_spread_evenly_over_the_catalogue() -> None:
    assert_allclose(positions_of(rows(0, 1, 3), 4), [0.125, 0.375, 0.875])


def test_five_dislikes_and_no_like_of_a_genre_are_an_aversion() -> None:
    found = genre_aversion(np.zeros(2), np.array([5.0, 9.0]))

    assert_allclose(found, [log(1 / 6), log(1 / 10)])


def test_fewer_dislikes_are_of_the_items_and_not_of_their_genre() -> None:
    assert_allclose(genre_aversion(np.zeros(5), np.arange(5.0)), np.zeros(5))


def test_a_genre_of_which_something_is_liked_is_none() -> None:
    assert_allclose(genre_aversion(np.ones(1), np.array([50.0])), [0])
