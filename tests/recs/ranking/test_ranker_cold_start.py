"""Slates that are prepared for users never heard of."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.ranking.ranker import Ranker, explored_in
from recs.ranking.reservations import Wish
from recs.ranking.slates import ENTRY, SOURCES
from recs.ranking.sources import Sources
from recs.types import Row
from simulator.reservations import LocalReservations
from tests.recs.ranking.rankers import HALF_KNOWN, KNOWN_ENOUGH, PLAIN, claim, rows_of, slate_of
from tests.recs.ranking.tables import counts, item_statistics, user


def test_cold_start_slates_are_what_newcomers_get() -> None:
    (slate,) = Ranker(PLAIN).cold_start_slates(Sources(KNOWN_ENOUGH), claim, 1, 2)

    assert_array_equal(slate, slate_of(user(), n_lists=2))


def test_each_cold_start_slate_counts_as_shown_for_the_next() -> None:
    # With these two items alike, one that was shown once is worse than one that was not.
    statistics = item_statistics([0.02, 0.0199, 0.0001], items=counts(impressions=[1, 1, 1]))
    settings = replace(PLAIN, list_length=1)

    slates = Ranker(settings).cold_start_slates(Sources(statistics), claim, 5, 1)

    # After an impression in vain: 3 * 1/51 / 4 = 0.0147, after two: 3 * 1/51 / 5.
    assert [rows_of(slate) for slate in slates][:4] == [[0], [1], [0], [1]]
    assert slates[2]["score"][0] == pytest.approx(np.log(3 / 51 / 4), rel=1e-6)
    assert slates[4]["score"][0] == pytest.approx(np.log(3 / 51 / 5), rel=1e-6)


def test_only_its_first_list_counts_as_shown() -> None:
    statistics = item_statistics([0.02, 0.0199, 0.0198], items=counts(impressions=[1, 1, 1]))
    settings = replace(PLAIN, list_length=1)

    slates = Ranker(settings).cold_start_slates(Sources(statistics), claim, 2, 2)

    assert [rows_of(slate) for slate in slates] == [[0, 1], [1, 2]]


def test_preparing_slates_for_nobody_leaves_no_trace() -> None:
    before = KNOWN_ENOUGH.rates.copy()

    Ranker(PLAIN).cold_start_slates(Sources(KNOWN_ENOUGH), claim, 5, 1)

    assert_array_equal(KNOWN_ENOUGH.rates, before)


def test_cold_start_slates_do_not_explore_the_same_and_let_go_of_those_before() -> None:
    settings = replace(PLAIN, list_length=2, exploration_slots_for_newcomers=1)
    reservations = LocalReservations(ttl_seconds=60.0)
    ranker, sources = Ranker(settings), Sources(HALF_KNOWN)

    def reserve(wishes: Sequence[Wish]) -> list[list[Row]]:
        return reservations.claim(0.0, wishes)

    first = ranker.cold_start_slates(sources, reserve, 3, 1)
    second = ranker.cold_start_slates(sources, reserve, 3, 1, before=first)
    third = ranker.cold_start_slates(sources, reserve, 2, 1)

    explored = [[explored_in(slate) for slate in slates] for slates in (first, second, third)]
    assert explored == [[[4], [3], [2]], [[4], [3], [2]], [[1], [0]]]


def test_slates_that_are_replaced_are_let_go_first() -> None:
    asked: list[Sequence[Wish]] = []

    def remember(wishes: Sequence[Wish]) -> list[list[Row]]:
        asked.append(wishes)
        return claim(wishes)

    before = np.array([(3, SOURCES.index("explore"), 0), (4, 0, 0)], ENTRY)
    Ranker(PLAIN).cold_start_slates(Sources(KNOWN_ENOUGH), remember, 1, 1, before=[before])

    assert asked[0] == [Wish([3], (), 0)]
