import numpy as np
from numpy.testing import assert_array_equal

from recs.ranking.ragged import Ragged
from tests.recs.ranking.tables import rows

LISTS = Ragged.of([[10, 11], [], [12]])


def test_lists_stand_one_after_the_other() -> None:
    assert_array_equal(LISTS.starts, [0, 2, 2, 3])
    assert_array_equal(LISTS.values, [10, 11, 12])


def test_each_row_has_its_own_list() -> None:
    assert [LISTS[row].tolist() for row in range(len(LISTS))] == [[10, 11], [], [12]]


def test_lists_are_taken_in_the_order_asked_for_and_as_often() -> None:
    owners, values, lengths = LISTS.take(rows(2, 0, 1, 0))

    assert_array_equal(owners, [0, 1, 1, 3, 3])
    assert_array_equal(values, [12, 10, 11, 10, 11])
    assert_array_equal(lengths, [1, 2, 0, 2])


def test_places_are_those_of_the_values() -> None:
    places, lengths = LISTS.places(rows(2, 0))

    assert_array_equal(places, [2, 0, 1])
    assert_array_equal(lengths, [1, 2])


def test_a_row_beyond_the_end_has_no_list() -> None:
    owners, values, lengths = LISTS.take(rows(3, 2, 99))

    assert_array_equal(owners, [1])
    assert_array_equal(values, [12])
    assert_array_equal(lengths, [0, 1, 0])


def test_where_there_are_no_lists_every_row_is_beyond_the_end() -> None:
    owners, values, lengths = Ragged.of([]).take(rows(0, 5))

    assert (len(owners), len(values), lengths.tolist()) == (0, 0, [0, 0])


def test_taking_no_list_gives_nothing() -> None:
    owners, values, lengths = LISTS.take(rows())

    assert (len(owners), len(values), len(lengths)) == (0, 0, 0)


def test_rows_may_be_as_narrow_as_files_hold_them() -> None:
    narrow = Ragged(LISTS.starts.astype(np.int32), LISTS.values.astype(np.int32))

    assert_array_equal(narrow.take(np.array([2, 0], np.int32))[1], [12, 10, 11])
