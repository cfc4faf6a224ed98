from collections.abc import Sequence
from math import log

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import sparse

from recs.ranking.ragged import Ragged
from recs.ranking.similarity import NO_SIMILARITY, Neighbours, Similarity, neighbours_of
from recs.types import IntArray
from tests.recs.ranking.tables import neighbours, rows

Table = Sequence[Sequence[float]]
"""A row a user, a column an item."""


def found_for(
    row: int,
    met: Table,
    shown: Table | None = None,
    organic: Sequence[float] = (),
    rates: Sequence[float] = (),
    count: int = 9,
    prior: float = 1.0,
) -> dict[int, float]:
    """Return the neighbours of an item, the most positive first, and their weights."""
    users = np.array(met, np.float64)
    shown_to = np.zeros_like(users) if shown is None else np.array(shown, np.float64)
    near, weights = neighbours_of(
        rows(row),
        sparse.csr_array(users),
        sparse.csr_array(shown_to),
        np.array(organic or [0.0] * len(users)),
        np.array(rates or [1.0] * users.shape[1]),
        count,
        prior,
    )[row]
    return dict(zip(near.tolist(), weights.tolist(), strict=True))


def test_items_that_the_same_users_met_are_neighbours_the_best_first() -> None:
    found = found_for(0, [[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1]])

    assert list(found.items()) == [(1, pytest.approx(log(3))), (2, pytest.approx(log(2)))]


def test_what_was_to_be_expected_of_those_who_were_shown_it_does_not_count() -> None:
    met = [[1, 1], [1, 1], [0, 1]]
    shown = [[0, 0.5], [0, 1.0], [0, 9.0]]

    # Of the two who met item 0, 0.4 * (0.5 + 1.0) = 0.6 were expected to meet item 1.
    found = found_for(0, met, shown, rates=[1.0, 0.4])

    assert found == pytest.approx({1: log((2 + 1) / (0.6 + 1))})


def test_only_impressions_of_the_other_item_make_it_expected() -> None:
    assert found_for(0, [[1, 1]], [[5, 0]]) == pytest.approx({1: log(2)})


def test_those_who_found_items_by_themselves_were_exposed_to_every_item() -> None:
    met = [[1, 1, 0], [1, 1, 0], [0, 1, 0]]

    # Of the two who met item 0: 0.5 * (0.2 + 0.4 + 1.0), where 1.0 is an impression.
    found = found_for(0, met, [[0, 1, 0], [0] * 3, [0] * 3], [0.2, 0.4, 9.0], rates=[0.5] * 3)

    assert found == pytest.approx({1: log((2 + 1) / (0.8 + 1))})


def test_a_stronger_prior_pulls_towards_chance() -> None:
    found = found_for(0, [[1, 1]], [[0, 0.5]], prior=4.0)

    assert found == pytest.approx({1: log((1 + 4) / (0.5 + 4))})


def test_items_met_together_more_seldom_than_by_chance_repel_each_other() -> None:
    assert found_for(0, [[1, 1]], [[0, 3]]) == pytest.approx({1: log(2 / 4)})


@pytest.mark.parametrize(
    ("exposure", "found"), [(0.6, {1: log(1 / 1.6)}), (0.5, {1: log(1 / 1.5)}), (0.4, {})]
)
def test_items_never_met_together_repel_each_other_where_chance_would_have_it(
    exposure: float, found: dict[int, float]
) -> None:
    assert found_for(0, [[1, 0]], [[0, exposure]]) == pytest.approx(found)


def test_an_item_is_no_neighbour_of_itself() -> None:
    assert 0 not in found_for(0, [[1, 1], [1, 0]], [[9, 0], [9, 0]])


def test_expectations_stay_with_their_items() -> None:
    found = found_for(0, [[1, 0, 1, 1]], [[0, 7, 0, 0.5]])

    assert found == pytest.approx({1: log(1 / 8), 2: log(2), 3: log(2 / 1.5)})


def test_the_most_positive_come_first_and_what_repels_last() -> None:
    found = found_for(0, [[1, 1, 0, 1], [1, 0, 0, 1]], [[0, 0, 9, 0], [0, 0, 0, 0]])

    assert list(found) == [3, 1, 2]


def test_the_strongest_are_kept_be_they_positive_or_negative() -> None:
    met = [[1, 1, 0, 1], [1, 0, 0, 1]]
    shown = [[0, 0, 9, 0], [0, 0, 0, 0]]

    # log(1/10), log(3) and log(2)
    assert list(found_for(0, met, shown, count=1)) == [2]
    assert list(found_for(0, met, shown, count=2)) == [3, 2]


def test_an_item_that_nobody_met_has_no_neighbours() -> None:
    assert found_for(0, [[0, 1, 1]], [[9, 9, 9]], [5.0]) == {}


def test_several_items_are_asked_for_at_once() -> None:
    met = sparse.csr_array(np.array([[1.0, 1, 0, 1], [0, 1, 0, 1]]))
    exposed = sparse.csr_array((2, 4)), np.zeros(2)
    found = neighbours_of(rows(3, 0, 2), met, *exposed, np.ones(4), 5)

    assert [*found] == [3, 0, 2]
    assert_array_equal(found[3][0], [1, 0])
    assert_array_equal(found[0][0], [1, 3])
    assert_array_equal(found[2][0], [])


def test_what_was_to_be_expected_is_counted_item_by_item() -> None:
    met = sparse.csr_array(np.array([[1.0, 0, 1, 0], [0, 1, 0, 1]]))
    shown = sparse.csr_array(np.array([[0, 0, 0.25, 0], [0, 0, 0, 0.5]]))
    found = neighbours_of(rows(0, 1), met, shown, np.zeros(2), np.ones(4), 5)

    assert found[0][1].tolist() == pytest.approx([log(2 / 1.25)])
    assert found[1][1].tolist() == pytest.approx([log(2 / 1.5)])


@pytest.mark.parametrize("count", [1, 2])
def test_each_item_keeps_so_many_of_its_own(count: int) -> None:
    met = sparse.csr_array(np.array([[1.0, 1, 1, 0], [1, 1, 0, 1]]))
    exposed = sparse.csr_array((2, 4)), np.zeros(2)

    found = neighbours_of(rows(0, 1, 3), met, *exposed, np.ones(4), count)

    assert [found[row][0].tolist()[:1] for row in (0, 1)] == [[1], [0]]
    assert [len(found[row][0]) for row in (0, 1, 3)] == [count] * 3


def taken(of: Neighbours, *wanted: int) -> tuple[list[int], list[int], list[float]]:
    counts, near, weights = of.take(rows(*wanted))
    owners = np.repeat(np.arange(len(counts)), counts)
    return owners.tolist(), near.tolist(), weights.tolist()


def test_neighbours_are_packed_by_row() -> None:
    packed = neighbours(4, {2: {0: 0.5, 3: 0.25}, 1: {0: 1.0}})

    assert_array_equal(packed.lists.starts, [0, 0, 1, 3, 3])
    assert taken(packed, 2, 0, 1) == ([0, 0, 2], [0, 3, 0], [0.5, 0.25, 1.0])


def test_no_neighbours_take_no_room() -> None:
    packed = neighbours(3, {})

    assert (len(packed.lists), len(packed.lists.values), len(packed.weights)) == (3, 0, 0)


def test_those_that_repel_each_other_are_not_near() -> None:
    packed = neighbours(4, {1: {3: 0.5, 0: 0.0, 2: -0.5}})

    assert_array_equal(packed.near(rows(1, 2), most=9), [3])


def test_nothing_is_similar_to_an_item_beyond_the_end() -> None:
    assert taken(neighbours(2, {1: {0: 1.0}}), 2, 1) == ([1], [0], [1.0])


def test_in_the_beginning_nothing_is_similar() -> None:
    empty: IntArray = rows(0, 3)

    assert len(NO_SIMILARITY.liked.take(empty)[1]) == 0
    assert len(NO_SIMILARITY.interacted.take(empty)[1]) == 0


def test_only_the_best_neighbours_of_each_are_near() -> None:
    packed = neighbours(5, {0: {3: 0.9, 1: 0.5, 4: -0.2}, 2: {4: 0.7, 0: 0.1}, 1: {0: -0.1}})

    assert_array_equal(packed.near(rows(0, 1, 2), most=1), [3, 4])
    assert_array_equal(packed.near(rows(2, 0), most=2), [4, 0, 3, 1])
    assert_array_equal(packed.near(rows(0), most=3), [3, 1])


@pytest.mark.parametrize(
    ("values", "weights"),
    [([3, 1], [1.0, 1.0]), ([-1, 1], [1.0, 1.0]), ([0, 1], [1.0, np.nan])],
    ids=["beyond the items", "below 0", "no weight"],
)
def test_damaged_neighbours_are_noticed(values: list[int], weights: list[float]) -> None:
    whole = neighbours(3, {0: {1: 1.0, 2: 0.5}})
    damaged = Neighbours(Ragged(whole.lists.starts, np.array(values)), np.array(weights))
    short = Neighbours(Ragged(whole.lists.starts, np.array([1])), np.array([1.0]))
    Similarity(whole, NO_SIMILARITY.interacted).check()

    for each in (damaged, short):
        with pytest.raises(ValueError, match="damaged"):
            Similarity(whole, each).check()


@pytest.mark.parametrize("starts", [[1, 2, 2, 2], [0, 2, 1, 2], [0, 2, 2, 3]])
def test_damaged_lists_of_neighbours_are_noticed(starts: list[int]) -> None:
    whole = neighbours(3, {0: {1: 1.0, 2: 0.5}})
    damaged = Neighbours(Ragged(np.array(starts), whole.lists.values), whole.weights)

    with pytest.raises(ValueError, match="damaged"):
        Similarity(whole, damaged).check()
