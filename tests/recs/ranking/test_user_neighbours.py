import numpy as np
import pytest

from recs.interactions import WATCHED
from recs.ranking.user_neighbours import UserNeighbours, user_neighbours
from tests.recs.ranking.tables import user

FACTS = [
    (0, 0, 1), (0, 1, 1), (0, 2, -1),  # the same
    (1, 0, 1), (1, 1, 1), (1, 3, 1),  # two in common, one more
    (2, 0, -1), (2, 1, -1),  # the opposite
    (3, 0, 1),  # one in common
    (4, 5, 1),  # none
    (5, 0, WATCHED), (5, 1, WATCHED),  # no opinion
]  # fmt: skip


def found(k: int = 10, without: int | None = None) -> UserNeighbours:
    users, rows, signs = np.array(FACTS).T
    me = user(likes=[0, 1, 99], dislikes=[2])
    return user_neighbours(
        me, users.astype(np.int32), rows.astype(np.int32), signs.astype(np.int8), k, without
    )


def test_who_agrees_most_comes_first_and_who_disagrees_not_at_all() -> None:
    assert found().users.tolist() == [0, 1, 3]
    assert found().in_common.tolist() == [3, 2, 1]


def test_similarities_are_cosines_shrunk_by_how_much_is_in_common() -> None:
    cosines = np.array([3 / 3, 2 / 3, 1 / np.sqrt(3)])

    assert found().similarities.tolist() == pytest.approx(cosines * [3 / 5, 2 / 4, 1 / 3])


def test_nobody_is_their_own_neighbour() -> None:
    assert found(without=0).users.tolist() == [1, 3]
    assert found(without=99).users.tolist() == [0, 1, 3]


def test_no_more_come_than_asked_for() -> None:
    assert found(k=1).users.tolist() == [0]


def test_an_empty_window_has_no_neighbours() -> None:
    nothing, signs = np.zeros(0, np.int32), np.zeros(0, np.int8)

    assert not len(user_neighbours(user(likes=[1]), nothing, nothing, signs, 3).users)
