from math import log

import numpy as np
import pytest

from recs.ranking.order_evidence import neighbourhoods_matter, positions_matter


def test_neighbourhoods_matter_where_what_they_foresee_comes() -> None:
    expected = np.full(100, 2.0)
    came = np.array([4.0] * 50 + [0.0] * 50)
    prior = np.array([log(1.5)] * 50 + [log(0.5)] * 50)

    assert neighbourhoods_matter(came, expected, prior)
    assert not neighbourhoods_matter(came[::-1], expected, prior)


def test_what_comes_in_random_order_makes_them_matter_by_chance_only() -> None:
    rng = np.random.default_rng(0)
    expected = np.full(1000, 2.0)

    found = [
        neighbourhoods_matter(rng.poisson(expected), expected, rng.normal(0, 0.3, 1000))
        for _ in range(50)
    ]

    assert not any(found)


@pytest.mark.parametrize(("n_items", "matters"), [(12, False), (20, True)])
def test_a_little_evidence_is_none(n_items: int, matters: bool) -> None:
    # An item gains 1.3 * log(1.2) - 0.2 = 0.037 or 0.7 * log(0.8) + 0.2 = 0.0438: together about
    # as many of their own root mean squares as the root of their number, which must be 4.
    came = np.array([1.3, 0.7] * (n_items // 2))
    prior = np.array([log(1.2), log(0.8)] * (n_items // 2))

    assert neighbourhoods_matter(came, np.ones(n_items), prior) == matters


def test_neighbourhoods_matter_as_well_where_little_is_expected_of_each_item() -> None:
    came = np.array([0.4] * 500 + [0.0] * 500)
    prior = np.array([log(1.5)] * 500 + [log(0.5)] * 500)

    assert neighbourhoods_matter(came, np.full(1000, 0.2), prior)
    assert not neighbourhoods_matter(came[::-1], np.full(1000, 0.2), prior)


def test_what_is_foreseen_has_the_same_sum_as_what_was_expected() -> None:
    came = np.array([4.0, 0] * 50)
    prior = np.array([log(1.5), log(0.5)] * 50)

    # A prior that hopes more of all items says the same.
    assert neighbourhoods_matter(came, np.full(100, 2.0), prior + 5)


def test_where_nothing_came_or_nothing_is_foreseen_nothing_matters() -> None:
    assert not neighbourhoods_matter(np.zeros(9), np.zeros(9), np.zeros(9))
    assert not neighbourhoods_matter(np.ones(9), np.ones(9), np.zeros(9))
    assert not neighbourhoods_matter(np.zeros(0), np.zeros(0), np.zeros(0))


def matter(*users: tuple[list[float], list[float]]) -> bool:
    """Take each user's interactions by bin, and those to be expected of them."""
    observed, expected = (np.array(each, np.float64) for each in zip(*users, strict=True))
    return positions_matter(observed, expected)


def test_positions_matter_where_users_keep_to_them() -> None:
    # 10 of 10 in one of two bins: 45 pairs, where 22.5 were expected: by 22.5/sqrt(22.5) = 4.7.
    assert matter(([10, 0], [1, 1]))


def test_a_user_of_few_interactions_is_no_proof() -> None:
    # 8: 28 pairs, 14 expected: 3.7 standard deviations
    assert not matter(([8, 0], [1, 1]))


def test_users_add_up() -> None:
    assert matter(*[([4.0, 0.0], [1.0, 1.0])] * 6)  # 36 pairs, 18 expected: 4.2


def test_two_interactions_are_a_pair() -> None:
    assert matter(*[([2.0, 0.0], [1.0, 1.0])] * 100)  # 100 pairs, 50 expected: 7


def test_little_that_was_expected_is_enough_to_compare_with() -> None:
    assert matter(*[([2.0, 0.0], [0.1, 0.1])] * 100)


@pytest.mark.parametrize(("count", "matters"), [(3, False), (4, True)])
def test_where_hardly_any_pair_was_expected_five_are_enough(count: float, matters: bool) -> None:
    # Of ten bins: 3 pairs where 0.3, or 6 where 0.6 were expected. 4 are the least to be sure.
    assert matter(([count, *[0.0] * 9], [1.0] * 10)) == matters


def test_what_users_were_shown_is_no_choice_of_theirs() -> None:
    assert not matter(([10, 0], [9, 1]))


def test_who_likes_everything_alike_keeps_to_nothing() -> None:
    assert not matter(*[([5.0, 5.0], [1.0, 1.0])] * 100)


@pytest.mark.parametrize("user", [([1.5, 0], [1, 1]), ([10, 0], [0, 0])])
def test_who_says_nothing_is_left_out(user: tuple[list[float], list[float]]) -> None:
    assert not matter(*[user] * 1000)


def test_nobody_proves_nothing() -> None:
    assert not positions_matter(np.zeros((0, 2)), np.zeros((0, 2)))
