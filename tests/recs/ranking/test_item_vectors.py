import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from recs.ranking.item_vectors import ItemVectors
from tests.recs.ranking.tables import rows

VECTORS = ItemVectors(np.array([[1, 0], [0, 1], [0.6, 0.8], [0, 0]], np.float32))


def test_a_user_of_one_like_is_where_the_item_is() -> None:
    assert_allclose(VECTORS.fold_in(rows(2), np.ones(1)), [0.6, 0.8])


def test_likes_draw_near_and_dislikes_push_away_by_their_weight() -> None:
    # (2, 0) - 0.75 * (0, 1) - 0.75 * (0, 1) = (2, -1.5), of length 2.5
    found = VECTORS.fold_in(rows(0, 1, 0, 1), np.array([1, -0.75, 1, -0.75]))

    assert_allclose(found, [0.8, -0.6])


def test_items_that_the_model_does_not_know_say_nothing() -> None:
    assert_allclose(VECTORS.fold_in(rows(3, 4, 1), np.array([-0.5, -0.5, 1])), [0, 1])


def test_a_user_of_whom_the_model_knows_nothing_is_nowhere() -> None:
    assert_array_equal(VECTORS.fold_in(rows(3, 99), np.ones(2)), [0, 0])


def test_cosines_tell_how_near_items_are() -> None:
    assert_allclose(VECTORS.cosines(np.array([0.6, 0.8]), rows(2, 0, 3)), [1, 0.6, 0], rtol=1e-6)


def test_items_that_came_after_the_training_are_neither_near_nor_far() -> None:
    assert_allclose(VECTORS.cosines(np.array([1.0, 0]), rows(4, 0, 99)), [0, 1, 0])
