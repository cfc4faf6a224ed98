"""What a window holds whatever happens: random histories."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from recs.interactions import WATCHED
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.window import Window
from recs.types import UserId
from tests.recs.ranking.tables import rows
from tests.recs.ranking.windows import (
    ANNA,
    BORIS,
    CLARA,
    N_ITEMS,
    assert_same_counts,
    new_window,
    of,
    restored,
)

pytestmark = pytest.mark.slow

USERS = st.sampled_from([ANNA, BORIS, CLARA, UserId("Dora")])
ROWS = st.integers(0, N_ITEMS + 2)
INTERACTIONS = st.tuples(
    st.just("interaction"), USERS, ROWS, st.sampled_from([+1, -1, 0, WATCHED]), st.floats(0, 3)
)
IMPRESSIONS = st.tuples(st.just("impressions"), USERS, st.lists(ROWS, max_size=4))
FORGOTTEN = st.tuples(st.just("forget"), USERS)
REFRESHES = st.tuples(st.just("refresh"), st.booleans())
HISTORIES = st.lists(st.one_of(INTERACTIONS, IMPRESSIONS, FORGOTTEN, REFRESHES), max_size=40)

Event = tuple[Any, ...]
"""Its kind, then the arguments of a method."""


def play(window: Window, history: Iterable[Event]) -> ItemStatistics:
    for kind, *arguments in history:
        method = getattr(window, kind if kind in ("forget", "refresh") else f"record_{kind}")
        method(*arguments)
    return window.refresh()


@settings(deadline=None)
@given(HISTORIES)
def test_counts_are_those_of_the_latest_facts(history: list[Event]) -> None:
    signs: dict[tuple[str, int], tuple[float, int]] = {}
    shown: set[tuple[str, int]] = set()
    for kind, *rest in history:
        if kind == "interaction":
            user, row, sign, timestamp = rest
            since, before = signs.get((user, row), (0.0, 0))
            is_weaker = sign == WATCHED and before in (+1, -1)
            is_stronger = before == WATCHED and sign in (+1, -1)
            if (timestamp >= since and not is_weaker) or is_stronger:
                signs[user, row] = timestamp, sign
        elif kind == "impressions":
            shown.update((rest[0], row) for row in rest[1])
        elif kind == "forget":
            signs = {key: value for key, value in signs.items() if key[0] != rest[0]}
            shown = {key for key in shown if key[0] != rest[0]}

    window = new_window()
    counts = play(window, history).counts

    n_items = len(counts.likes)
    liked, disliked, watched = (
        np.bincount(
            rows(*(row for (_, row), (_, sign) in signs.items() if sign == wanted)),
            minlength=n_items,
        )
        for wanted in (+1, -1, WATCHED)
    )
    assert_array_equal(counts.likes, liked + 0.75 * watched)
    assert_array_equal(counts.dislikes, disliked + 0.25 * watched)
    assert window.opinions() == {+1: liked.sum(), -1: disliked.sum(), WATCHED: watched.sum()}
    assert_array_equal(
        counts.impressions, np.bincount(rows(*(row for _, row in shown)), minlength=n_items)
    )
    assert len(window) == len(signs) + len(shown)


@settings(deadline=None)
@given(HISTORIES, st.integers(1, 12))
def test_sums_are_those_of_the_users_who_are_inside(history: list[Event], capacity: int) -> None:
    window = new_window(capacity=capacity)

    statistics = play(window, history)

    other = restored(window)
    assert_same_counts(statistics, other.refresh())
    assert window.opinions() == other.opinions()
    assert len(window) == sum(len(events) for _, events in window.users())
    assert len(window) <= capacity or window.n_users == 1


@settings(deadline=None)
@given(HISTORIES, st.integers(1, 12))
def test_exposure_is_the_sum_of_response_rates(history: list[Event], capacity: int) -> None:
    window = new_window(capacity=capacity)

    exposure = play(window, history).counts.exposure

    expected = np.zeros(len(exposure))
    for _, events in window.users():
        expected[np.array(events.shown, np.int64)] += events.response_rate
    assert_allclose(exposure, expected, atol=1e-9)


@settings(deadline=None)
@given(HISTORIES, st.integers(1, 12))
def test_similarity_is_that_of_the_users_who_are_inside(
    history: list[Event], capacity: int
) -> None:
    window = new_window(capacity=capacity)
    play(window, history)
    window.refresh()
    other = restored(window)
    other.refresh()

    found, expected = (all_computed(each).similarity for each in (window, other))

    for row in range(N_ITEMS + 3):
        assert of(found.liked, row) == pytest.approx(of(expected.liked, row))
        assert of(found.interacted, row) == pytest.approx(of(expected.interacted, row))


def all_computed(window: Window) -> ItemStatistics:
    """Touch everybody, so that no item keeps neighbours that were computed with older rates."""
    for user in [user for user, _ in window.users()]:
        window.record_impressions(user, [])
    return window.refresh()


@settings(deadline=None)
@given(HISTORIES)
def test_rates_are_always_chances(history: list[Event]) -> None:
    statistics = play(new_window(), history)

    assert ((statistics.rates > 0) & (statistics.rates < 1)).all()
    assert ((statistics.qualities > 0) & (statistics.qualities < 1)).all()


@settings(deadline=None)
@given(HISTORIES)
def test_candidates_hold_every_known_item_once(history: list[Event]) -> None:
    candidates = play(new_window(unknown=[2]), history).candidates

    assert sorted(candidates.popular) == sorted(candidates.fresh) == [0, 1, 3, 4, 5]
    assert [sorted(candidates.of_genre(column)) for column in (0, 1)] == [[0, 4], [1, 3, 5]]


@settings(deadline=None)
@given(HISTORIES)
def test_events_told_twice_count_once(history: list[Event]) -> None:
    facts = [event for event in history if event[0] in ("interaction", "impressions")]
    facts = [event for event in facts if event[0] != "interaction" or event[4] > 0]
    in_order = sorted(facts, key=lambda event: event[4] if event[0] == "interaction" else 0.0)
    once, twice = new_window(), new_window()
    for event in in_order:
        play_one(once, event)
        play_one(twice, event)
    for event in in_order:
        play_one(twice, event)

    assert len(twice) == len(once)
    one, other = (each.refresh().counts for each in (once, twice))
    for name in ("likes", "dislikes", "impressions"):
        assert_array_equal(getattr(one, name), getattr(other, name))


def play_one(window: Window, event: Event) -> None:
    kind, *arguments = event
    getattr(window, f"record_{kind}")(*arguments)
