import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recs.ranking.ease import RECENT_LIKES, Ease
from tests.recs.ranking.tables import rows

WEIGHTS = np.array([[0, 0.5, -0.2], [0.25, 0, -0.1], [0.1, -0.75, 0]], np.float32)


@pytest.fixture
def ease() -> Ease:
    """A like of item 4 adds 0.5 to the chance of item 1, and so on."""
    return Ease.of(rows(4, 1, 2), WEIGHTS, n_items=6)


def test_what_likes_foresee_adds_up(ease: Ease) -> None:
    # Items 4 and 1: 0.25, 0.5 and -0.2 - 0.1, which is no chance.
    assert_allclose(ease.chances(rows(4, 1)), [0.25, 0.5, 0])


def test_chances_count_by_the_trust_in_them() -> None:
    trusted = Ease.of(rows(4, 1, 2), WEIGHTS, n_items=6, trust=3.0)

    assert_allclose(trusted.chances(rows(4)), [0, 1.5, 0])


def test_old_likes_may_count_less_than_new_ones() -> None:
    fading = Ease.of(rows(4, 1, 2), WEIGHTS, n_items=6, old=0.3)
    aged = 0.3 + 0.7 * np.exp(-1 / RECENT_LIKES)

    # Item 1 is the newest, item 4 one older.
    assert_allclose(fading.chances(rows(4, 1)), [0.25, 0.5 * aged, 0], rtol=1e-6)
    assert_allclose(fading.chances(rows(1, 4)), [0.25 * aged, 0.5, 0], rtol=1e-6)
    long = rows(4, *[0] * 500)
    assert_allclose(fading.chances(long), [0, 0.5 * 0.3, 0], rtol=1e-6)


def test_likes_of_items_left_out_and_of_new_ones_foresee_nothing(ease: Ease) -> None:
    assert_allclose(ease.chances(rows(0, 6, 99, 4)), ease.chances(rows(4)))
    assert_array_equal(ease.chances(rows()), [0, 0, 0])


def test_chances_are_found_by_row(ease: Ease) -> None:
    found = ease.of_rows(np.array([0.1, 0.2, 0.3], np.float32), rows(2, 0, 4, 1, 6, 99))

    assert_allclose(found, [0.3, 0, 0.1, 0.2, 0, 0], rtol=1e-6)


def test_a_model_of_no_items_foresees_nothing() -> None:
    nothing = Ease.of(rows(), np.zeros((0, 0), np.float32), n_items=2)

    chances = nothing.chances(rows(0, 1))

    assert len(chances) == 0
    assert_array_equal(nothing.of_rows(chances, rows(1, 5)), [0, 0])


def test_a_model_of_one_item_knows_no_other() -> None:
    alone = Ease.of(rows(0), np.zeros((1, 1), np.float32), n_items=1)

    assert_array_equal(alone.of_rows(np.ones(1, np.float32), rows(3, 0)), [0, 1])
