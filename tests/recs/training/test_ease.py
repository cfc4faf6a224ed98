from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from recs.training.ease import (
    HELD_BACK_EACH,
    HELD_BACK_SHARE,
    Likes,
    Rates,
    _rank,
    fit_ease,
    fit_trusted_ease,
    hold_back,
)
from recs.types import IntArray

N_ITEMS = 12
RATES = 0.1 + np.random.default_rng(7).permutation(N_ITEMS) * 1e-6
ALIKE = Rates(RATES, RATES)


def alike(users: IntArray, rows: IntArray, organic: NDArray[np.bool_]) -> Likes:
    """Return likes of weight 1."""
    return Likes(users, rows, organic, np.ones(len(users)))


def likes(*pairs: tuple[int, int], organic: bool = True) -> Likes:
    users, rows = np.array(pairs, np.int64).T
    return alike(users, rows, np.full(len(pairs), organic))


def crowds(n_users: int = 200, organic: bool = True) -> Likes:
    """Half of the users like items 0 to 5, half 6 to 11; each of them four, in random order."""
    rng = np.random.default_rng(0)
    pairs = [
        (user, int(row) + 6 * (user % 2))
        for user in range(n_users)
        for row in rng.permutation(6)[:4]
    ]
    return likes(*pairs, organic=organic)


def test_weights_are_those_of_the_formula() -> None:
    found, weights = fit_ease(likes((0, 0), (0, 1), (1, 0), (1, 1)), 3, 10, regularization=1.0)

    # G = [[2, 2], [2, 2]] + I = [[3, 2], [2, 3]]; P = G⁻¹ = [[3, -2], [-2, 3]] / 5;
    # B = P / -diag(P), diagonal 0: 2 / 3
    assert_array_equal(found, [0, 1])
    assert_allclose(weights, [[0, 2 / 3], [2 / 3, 0]], rtol=1e-6)


def test_items_with_one_like_are_left_out() -> None:
    found, _ = fit_ease(likes((0, 0), (0, 1), (1, 0), (1, 2)), 3, 10, 1.0)

    assert_array_equal(found, [0])


def test_only_the_items_with_most_likes_are_fitted() -> None:
    found, weights = fit_ease(
        likes((0, 5), (1, 5), (2, 5), (0, 2), (1, 2), (2, 7), (3, 7)), 9, 2, 1.0
    )

    assert_array_equal(found, [2, 5])
    assert weights.shape == (2, 2)


def test_the_newest_likes_are_held_back_of_users_who_have_others() -> None:
    # Half of theirs at most: one of three, two of four. Both users have to judge.
    theirs = likes((0, 1), (2, 9), (0, 2), (1, 3), (2, 5), (0, 4), (2, 1), (2, 6))

    judges = [hold_back(theirs, np.random.default_rng(seed)) for seed in range(9)]

    held = np.any(judges, axis=0)
    assert_array_equal(np.flatnonzero(held), [5, 6, 7])


def test_of_a_long_history_only_so_many_likes_are_held_back() -> None:
    held = hold_back(likes(*[(0, row) for row in range(100)]), np.random.default_rng(0))

    assert_array_equal(np.flatnonzero(held), range(100 - HELD_BACK_EACH, 100))


def test_half_of_the_users_judge() -> None:
    crowd = crowds(200)

    held = hold_back(crowd, np.random.default_rng(0))

    assert len(np.unique(crowd.users[held])) == HELD_BACK_SHARE * 200 + 1


def sessions(n_users: int, in_order: bool) -> Likes:
    """Users like eight items of one kind, then eight of another one, and go on with these.

    There are six kinds of twelve items. in_order: otherwise likes are shuffled.
    """
    rng = np.random.default_rng(0)
    pairs = []
    for user in range(n_users):
        kinds = rng.permutation(6)[:2]
        both = np.concatenate([kind * 12 + rng.permutation(12)[:8] for kind in kinds])
        pairs += [(user, int(row)) for row in (both if in_order else rng.permutation(both))]
    return likes(*pairs)


@pytest.mark.parametrize(("in_order", "old"), [(True, 0.3), (False, 1.0)])
def test_old_likes_count_less_where_that_foresees_more(in_order: bool, old: float) -> None:
    rates = 0.1 + np.random.default_rng(7).permutation(72) * 1e-6

    ease = fit_trusted_ease(
        sessions(300, in_order), Rates(rates, rates), 100, 10.0, np.random.default_rng(0)
    )

    assert ease.trust > 0
    assert ease.old == old


def test_likes_of_what_was_shown_do_not_judge() -> None:
    assert not hold_back(crowds(organic=False), np.random.default_rng(0)).any()


def test_a_model_that_foresees_held_back_likes_is_trusted() -> None:
    ease = fit_trusted_ease(crowds(), ALIKE, 100, 10.0, np.random.default_rng(0))

    assert ease.trust > 0
    chances = ease.of_rows(ease.chances(np.array([0, 1])), np.arange(N_ITEMS))
    assert chances[2:6].min() > chances[6:].max()


def test_equals_count_as_half_a_place() -> None:
    assert _rank(0.5, np.array([0.9, 0.5, 0.5, 0.5, 0.1])) == 1 + 1 + 3 / 2


def test_a_model_of_noise_is_not_trusted() -> None:
    rng = np.random.default_rng(1)
    noise = likes(*((user, int(row)) for user in range(200) for row in rng.permutation(12)[:4]))

    assert fit_trusted_ease(noise, ALIKE, 100, 10.0, np.random.default_rng(0)).trust == 0


def test_a_few_held_back_likes_prove_nothing() -> None:
    ease = fit_trusted_ease(crowds(20), ALIKE, 100, 10.0, np.random.default_rng(0))

    assert ease.trust == 0
    assert_array_equal(ease.rows, [])


def test_what_was_only_shown_leaves_nothing_to_trust() -> None:
    ease = fit_trusted_ease(crowds(organic=False), ALIKE, 100, 10.0, np.random.default_rng(0))

    assert ease.trust == 0


def test_to_have_watched_teaches_less_than_a_like() -> None:
    likes = alike(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.ones(4, np.bool_))
    watched = replace(likes, weights=np.array([1, 0.5, 1, 0.5]))

    full, half = (
        fit_ease(each, 2, most_items=2, regularization=1.0)[1] for each in (likes, watched)
    )

    assert 0 < half[0, 1] < full[0, 1]


def test_what_was_only_watched_is_no_judge() -> None:
    users = np.repeat(np.arange(40), 2)
    likes = alike(users, np.tile([0, 1], 40), np.ones(80, np.bool_))
    watched = replace(likes, weights=np.tile([1, 0.5], 40))
    rng = np.random.default_rng(0)

    assert hold_back(likes, rng).any()
    assert not hold_back(watched, rng).any()
