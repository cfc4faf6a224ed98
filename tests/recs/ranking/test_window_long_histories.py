"""A window and users with long histories: the same results, without a scan for each event."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from recs.interactions import WATCHED
from recs.ranking import similarity_index
from recs.ranking import window as window_module
from recs.types import UserId
from tests.recs.ranking.crowds import Crowd
from tests.recs.ranking.windows import ANNA, BORIS, new_window

N = 3_000
USERS = st.sampled_from([ANNA, BORIS, UserId("Clara")])
ROWS = st.integers(0, 30)
EVENTS = st.one_of(
    st.tuples(
        st.just("record_interaction"), USERS, ROWS, st.sampled_from([+1, -1, 0, WATCHED]),
        st.floats(0, 3),
    ),
    st.tuples(st.just("record_impressions"), USERS, st.lists(ROWS, max_size=6)),
    st.tuples(st.just("forget"), USERS),
    st.tuples(st.just("refresh"), st.booleans()),
)  # fmt: skip


class Counted(int):
    """A number that counts how often it was compared."""

    def __new__(cls, number: int, compared: list[int]) -> "Counted":
        new = super().__new__(cls, number)
        new.compared = compared
        return new

    compared: list[int]

    def __eq__(self, other: object) -> bool:
        self.compared[0] += 1
        return int(self) == other

    def __gt__(self, other: int) -> bool:
        self.compared[0] += 1
        return int(self) > other

    __hash__ = int.__hash__


def everything_in(history: list[tuple[Any, ...]]) -> list[Any]:
    """Return all that a window holds and publishes after a history."""
    window = new_window(capacity=40)
    for kind, *arguments in history:
        getattr(window, kind)(*arguments)
    users = [
        (user, each.index, each.rows, each.signs, each.times, each.shown, each.counted, each.hits)
        for user, each in window.users()
    ]
    arrays, meta = window.refresh().to_arrays()
    return [
        users,
        len(window),
        window.opinions(),
        meta,
        {n: a.tobytes() for n, a in arrays.items()},
    ]


@pytest.mark.slow
@settings(deadline=None, max_examples=300)
@given(st.lists(EVENTS, max_size=60))
def test_long_histories_count_like_short_ones(history: list[tuple[Any, ...]]) -> None:
    plainly = everything_in(history)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(window_module, "SCANNED_MOST", 2)
        patch.setattr(similarity_index, "FANS_SCANNED", 1)
        indexed = everything_in(history)

    assert indexed == plainly


@pytest.mark.parametrize("is_new", [True, False], ids=["new", "again"])
def test_an_interaction_of_a_long_history_is_compared_with_few_others(is_new: bool) -> None:
    window, compared = new_window(n_items=2 * N), [0]
    for row in range(N):
        window.record_interaction(ANNA, row, 1, 1.0)
    window.refresh()

    for row in range(N):
        window.record_interaction(ANNA, Counted(row + N * is_new, compared), -1, 2.0)

    assert compared[0] < 30 * N
    assert window._places.keys() == {ANNA}
    assert_array_equal(window.refresh().counts.dislikes, np.arange(2 * N) // N == is_new)
    assert not window._places


def test_who_changes_their_mind_is_compared_with_few_other_users() -> None:
    crowd, compared = Crowd(), [0]
    for _ in range(N):
        crowd.comes(likes=[1])
    last = crowd.users[-1]
    last.index = Counted(last.index, compared)

    for turn in range(100):
        crowd.says(last, 1, -1 if turn % 2 == 0 else +1)

    assert compared[0] < 100 * 100
    assert crowd.index._fans[1].tolist() == list(range(N))
