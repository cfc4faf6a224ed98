import numpy as np
import pytest

from recs.ranking.reranking import make_pages

ALIKE = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
"""The first two titles have the same genres, the third has others."""


def pages(
    scores: list[float], shown: list[int], premieres: tuple[int, ...] = (), **changes: float
) -> tuple[list[int], list[bool]]:
    settings = {"pages": 1, "length": 3, "explore_places": 0, **changes}
    settings = {"explored_after": 1, "overlap_weight": 0.0, **settings}
    order = np.argsort(-np.array(scores))
    none = np.zeros((len(scores), len(scores)))
    return make_pages(
        np.array(scores), np.array(shown), np.zeros(len(scores)), none, order,
        np.array(premieres, np.int64), **settings,
    )  # fmt: skip


def test_without_any_overlap_the_best_come_first():
    assert pages([1.0, 3.0, 2.0], [0, 0, 0])[0] == [1, 2, 0]


@pytest.mark.parametrize(("weight", "order"), [(0.0, [0, 1, 2]), (0.5, [0, 2, 1])])
def test_a_title_like_those_chosen_has_to_be_better_by_the_weight(weight: float, order: list[int]):
    chosen, _ = make_pages(
        np.array([3.0, 2.9, 2.5]), np.zeros(3), np.zeros(3), ALIKE, np.arange(3), np.zeros(0, int),
        pages=1, length=3, explore_places=0, explored_after=1, overlap_weight=weight,
    )  # fmt: skip

    assert chosen == order


def test_the_last_place_goes_to_the_best_of_the_least_shown():
    chosen, explored = pages([9.0, 8.0, 7.0, 1.0, 2.0], [5, 5, 5, 0, 0], explore_places=1)

    assert chosen == [0, 1, 4]
    assert explored == [False, False, True]


def test_each_page_has_its_own_place_for_the_unknown():
    chosen, explored = pages(
        [9.0, 8.0, 7.0, 6.0, 2.0, 1.0], [5, 5, 5, 5, 0, 0], pages=2, explore_places=1
    )

    assert chosen == [0, 1, 4, 2, 3, 5]
    assert explored == [False, False, True, False, False, True]


def test_a_premiere_comes_before_what_is_explored_once_on_each_page():
    chosen, explored = pages(
        [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0],
        [5, 5, 5, 0, 0, 0, 0],
        (6, 5),
        pages=2,
        explore_places=2,
    )

    assert chosen == [0, 6, 3, 1, 5, 4]
    assert explored == [False, False, True, False, False, True]


def test_a_premiere_may_be_the_first_of_the_candidates():
    assert pages([1.0, 9.0, 8.0, 7.0], [0, 5, 5, 0], (0,), explore_places=1)[0] == [1, 2, 0]


def test_without_places_for_the_unknown_there_are_no_premieres():
    assert pages([9.0, 8.0, 7.0, 1.0], [5, 5, 5, 0], (3,))[0] == [0, 1, 2]


def test_a_title_that_is_known_enough_needs_no_place_of_its_own():
    chosen, explored = pages([9.0, 8.0, 7.0, 1.0], [5, 5, 5, 2], explore_places=1, explored_after=2)

    assert chosen == [0, 1, 2]
    assert not any(explored)


def test_where_the_best_are_all_that_is_unknown_the_page_is_full_nonetheless():
    chosen, explored = pages([9.0, 8.0, 7.0, 6.0], [0, 5, 5, 5], explore_places=1)

    assert chosen == [0, 1, 2]
    assert not any(explored)


def test_nothing_comes_twice():
    chosen, _ = pages([float(n) for n in range(9)], [0] * 9, pages=3, explore_places=1)

    assert sorted(chosen) == list(range(9))


def test_few_titles_make_short_pages():
    assert sorted(pages([1.0, 2.0], [0, 0], pages=2, explore_places=1)[0]) == [0, 1]
