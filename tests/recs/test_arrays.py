import numpy as np
from numpy.testing import assert_array_equal

from recs.arrays import GrowingArray


def test_what_was_put_in_stays_through_many_growths() -> None:
    array = GrowingArray(np.int64)

    for number in range(1000):
        array.extend([number])

    assert_array_equal(array.view, np.arange(1000))


def test_new_places_hold_zeros() -> None:
    array = GrowingArray(np.float64)

    array.grow_to(100)

    assert_array_equal(array.view, np.zeros(100))


def test_it_never_shrinks() -> None:
    array = GrowingArray(np.int64)
    array.extend([1, 2, 3])

    array.grow_to(1)

    assert_array_equal(array.view, [1, 2, 3])
