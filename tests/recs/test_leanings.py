from math import log

import numpy as np
from numpy.testing import assert_allclose

from recs.leanings import at_places, genre_leanings, places_of, stretch_leanings

NOTHING = np.zeros(0)


def test_a_genre_answered_to_more_than_expected_is_leant_to():
    drama, comedy = [1.0, 0.0], [0.0, 1.0]
    answered, shown = np.array([drama, drama]), np.array([drama, drama, comedy])

    leanings = genre_leanings(answered, shown, np.array([0.5, 0.5, 0.5]), prior=1.0)

    assert_allclose(leanings, [log((2 + 1) / (1 + 1)), log((0 + 1) / (0.5 + 1))])


def test_whoever_answers_as_expected_leans_nowhere():
    shares = np.array([[0.5, 0.5]])

    assert_allclose(genre_leanings(shares, shares, np.ones(1), prior=1.0), [0, 0])


def test_a_stretch_answered_to_more_than_expected_is_leant_to():
    early, late = np.array([0.125]), np.array([0.875])

    leanings = stretch_leanings(early, late, np.array([0.5]), prior=1.0, count=4)

    assert_allclose(leanings, [log(2), 0, 0, log(1 / 1.5)])


def test_between_two_middles_both_stretches_count_by_half():
    between = np.array([0.25])

    leanings = stretch_leanings(between, NOTHING, NOTHING, prior=1.0, count=4)

    assert_allclose(leanings, [log(1.5), log(1.5), 0, 0])


def test_the_ends_of_the_catalogue_belong_to_the_outermost_stretches():
    leanings = stretch_leanings(np.array([0.0, 1.0]), NOTHING, NOTHING, prior=1.0, count=4)

    assert_allclose(leanings, [log(2), 0, 0, log(2)])


def test_leanings_flow_into_each_other():
    assert_allclose(
        at_places(np.array([0.0, 1.0]), np.array([0.0, 0.25, 0.5, 1.0])), [0, 0, 0.5, 1]
    )


def test_titles_are_spread_evenly():
    assert_allclose(places_of(np.array([0, 3]), 4), [0.125, 0.875])
