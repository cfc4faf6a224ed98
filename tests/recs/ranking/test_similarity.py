from collections.abc import Sequence
from math import log

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from recs.ranking.similarity import NO_SIMILARITY, Neighbours, neighbours_of
from recs.types import IntArray
from tests.recs.ranking.tables import neighbours, rows

Table = Sequence[Sequence[float]]
"""A row a user, a column an item."""


def found_for(
    row: int, met: Table, shown: Table | None = None, rates: Sequence[float] = (), count: int = 9
) -> dict[int, float]:
    """Return the neighbours of an item, the best first, and their weights."""
    users = np.array(met, np.float64)
    shown_to = np.zeros_like(users) if shown is None else np.array(shown, np.float64)
    near, weights = neighbours_of(
        rows(row),
        sparse.csr_array(users),
        sparse.csr_array(shown_to),
        np.array(rates or [1.0] * users.shape[1]),
        count,
    )[row]
    return dict(zip(near.tolist(), weights.tolist(), strict=True))


def test_items_that_the_same_users_met_are_neighbours_the_best_first() -> None:
    found = found_for(0, [[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1]])

    assert list(found.items()) == [(1, pytest.approx(log(3))), (2, pytest.approx(log(2)))]


def test_what_was_to_be_expected_of_those_whom_it_was_shown_to_does_not_count() -> None:
    met = [[1, 1], [1, 1], [0, 1]]
    shown = [[0, 0.5], [0, 1.0], [0, 9.0]]

    # Of the two who met item 0, 0.4 * (0.5 + 1.0) = 0.6 were expected to meet item 1.
    assert found_for(0, met, shown, rates=[1.0, 0.4]) == pytest.approx(
        {1: log((2 + 1) / (0.6 + 1))}
    )


def test_only_impressions_of_the_other_item_make_it_expected() -> None:
    assert found_for(0, [[1, 1]], [[5, 0]]) == pytest.approx({1: log(2)})


@pytest.mark.parametrize(
    ("impressions", "are_neighbours"), [(1.9, True), (2.0, False), (9.0, False)]
)
def test_items_that_go_together_no_more_often_than_by_chance_are_no_neighbours(
    impressions: float, are_neighbours: bool
) -> None:
    found = found_for(0, [[1, 1]], [[0, impressions]], rates=[0.5, 0.5])

    assert (1 in found) == are_neighbours


def test_what_was_shown_and_never_met_does_no_harm() -> None:
    assert found_for(0, [[1, 0, 1]], [[1, 1, 0]]) == pytest.approx({2: log(2)})


def test_expectations_stay_with_their_items() -> None:
    met = [[1, 0, 1, 1]]
    shown = [[0, 7, 0, 0.5]]

    assert found_for(0, met, shown) == pytest.approx({2: log(2), 3: log(2 / 1.5)})


def test_no_more_neighbours_are_kept_than_asked_for() -> None:
    met = [[1, 1, 1, 1], [1, 0, 1, 1], [1, 0, 0, 1]]

    assert list(found_for(0, met, count=2)) == [3, 2]


def test_an_item_that_nobody_met_has_no_neighbours() -> None:
    assert found_for(0, [[0, 1, 1]]) == {}


def test_several_items_are_asked_for_at_once() -> None:
    met = sparse.csr_array(np.array([[1.0, 1, 0, 1], [0, 1, 0, 1]]))
    found = neighbours_of(rows(3, 0, 2), met, sparse.csr_array((2, 4)), np.ones(4), 5)

    assert [*found] == [3, 0, 2]
    assert_array_equal(found[3][0], [1, 0])
    assert_array_equal(found[0][0], [1, 3])
    assert_array_equal(found[2][0], [])


def test_what_was_to_be_expected_is_counted_item_by_item() -> None:
    met = sparse.csr_array(np.array([[1.0, 0, 1, 0], [0, 1, 0, 1]]))
    shown = sparse.csr_array(np.array([[0, 0, 0.25, 0], [0, 0, 0, 0.5]]))
    found = neighbours_of(rows(0, 1), met, shown, np.ones(4), 5)

    assert found[0][1].tolist() == pytest.approx([log(2 / 1.25)])
    assert found[1][1].tolist() == pytest.approx([log(2 / 1.5)])


def taken(of: Neighbours, *wanted: int) -> tuple[list[int], list[int], list[float]]:
    owners, near, weights = of.take(rows(*wanted))
    return owners.tolist(), near.tolist(), weights.tolist()


def test_neighbours_are_packed_by_row() -> None:
    packed = neighbours(4, {2: {0: 0.5, 3: 0.25}, 1: {0: 1.0}})

    assert_array_equal(packed.lists.starts, [0, 0, 1, 3, 3])
    assert taken(packed, 2, 0, 1) == ([0, 0, 2], [0, 3, 0], [0.5, 0.25, 1.0])


def test_no_neighbours_take_no_room() -> None:
    packed = neighbours(3, {})

    assert (len(packed.lists), len(packed.lists.values), len(packed.weights)) == (3, 0, 0)


def test_nothing_is_similar_to_an_item_beyond_the_end() -> None:
    assert taken(neighbours(2, {1: {0: 1.0}}), 2, 1) == ([1], [0], [1.0])


def test_in_the_beginning_nothing_is_similar() -> None:
    empty: IntArray = rows(0, 3)

    assert len(NO_SIMILARITY.liked.take(empty)[1]) == 0
    assert len(NO_SIMILARITY.interacted.take(empty)[1]) == 0
