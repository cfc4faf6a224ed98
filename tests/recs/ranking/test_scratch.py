import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.ranking.scratch import Scratch
from tests.recs.ranking.tables import rows


def test_doubles_are_removed_in_order_of_their_last_occurrence() -> None:
    assert_array_equal(Scratch().distinct(rows(3, 1, 3, 2, 1, 5), rows(), 6), [3, 2, 1, 5])


def test_rows_that_must_not_come_are_removed() -> None:
    assert_array_equal(Scratch().distinct(rows(0, 1, 2, 1), rows(1, 4), 5), [0, 2])


def test_nothing_is_remembered_from_one_call_to_the_next() -> None:
    scratch = Scratch()
    scratch.distinct(rows(0, 1), rows(2), 3)

    assert_array_equal(scratch.distinct(rows(2), rows(0), 3), [2])


def test_places_are_found() -> None:
    assert_array_equal(Scratch().find(rows(3, 0, 2), rows(2, 3), 4), [2, 0, 1])


def test_a_row_may_be_looked_for_twice() -> None:
    assert_array_equal(Scratch().find(rows(1, 1), rows(0, 1), 2), [2, 2])


def test_what_was_found_before_is_not_found_again() -> None:
    scratch = Scratch()
    scratch.find(rows(1), rows(0, 1), 3)

    assert_array_equal(scratch.find(rows(1), rows(2), 3), [0])


def test_after_a_call_that_raised_nothing_is_left_to_be_found() -> None:
    scratch = Scratch()
    with pytest.raises(IndexError):
        scratch.find(rows(999), rows(0, 1), 3)

    assert_array_equal(scratch.find(rows(0, 1), rows(2), 3), [0, 0])


def test_it_grows_with_the_catalogue() -> None:
    scratch = Scratch()
    scratch.distinct(rows(0), rows(), 1)

    assert_array_equal(scratch.find(rows(999), rows(999), 1000), [1])
    assert_array_equal(scratch.distinct(rows(2000), rows(), 2001), [2000])


def test_nothing_is_found_in_an_empty_catalogue() -> None:
    found = Scratch().find(rows(), rows(), 0)

    assert (len(found), found.dtype) == (0, np.int64)
