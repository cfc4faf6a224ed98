"""What holds of slates whatever happens: with drawn statistics and users, or the same seed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.ranker import Ranker
from recs.ranking.settings import RankingSettings
from recs.ranking.sources import Sources
from recs.ranking.user_state import UserState
from recs.ranking.window import Window
from recs.types import Row, UserId
from simulator.reservations import LocalReservations
from tests.recs.ranking.rankers import KNOWN_ENOUGH, PLAIN, claim, rows_of
from tests.recs.ranking.tables import candidate_lists, counts, genre_table, item_statistics, user


@st.composite
def worlds(draw: st.DrawFn) -> tuple[ItemStatistics, UserState, int]:
    """Draw statistics in which any item may be unknown, new, in any list or near to any other."""
    n_items = draw(st.integers(0, 12))
    some = st.lists(st.integers(0, n_items - 1), max_size=8) if n_items else st.just([])
    weights = st.dictionaries(st.sampled_from(range(n_items)), st.floats(-1, 2), max_size=4)
    similar = (
        st.dictionaries(st.sampled_from(range(n_items)), weights, max_size=4)
        if n_items
        else st.just({})
    )
    numbers = st.lists(st.integers(0, 3), min_size=n_items, max_size=n_items)
    statistics = item_statistics(
        draw(st.lists(st.floats(0.001, 1), min_size=n_items, max_size=n_items)),
        genres=genre_table(*[[str(draw(st.integers(0, 2)))] for _ in range(n_items)]),
        unknown=draw(some),
        items=counts(n_items, likes=draw(numbers), impressions=draw(numbers)),
        of=candidate_lists(draw(some), [draw(some), draw(some)], draw(some), draw(some)),
        liked=draw(similar),
        interacted=draw(similar),
    )
    anything = st.lists(st.integers(0, n_items + 2), unique=True, max_size=6)
    likes, dislikes = draw(anything), draw(anything)
    dislikes = [row for row in dislikes if row not in likes]
    return statistics, user(likes, dislikes, draw(anything)), draw(st.integers(1, 3))


@pytest.mark.slow
@hypothesis_settings(deadline=None)
@given(worlds(), st.integers(0, 3), st.integers(0, 3))
def test_no_slate_holds_hidden_unknown_or_double_items(
    world: tuple[ItemStatistics, UserState, int], slots: int, length: int
) -> None:
    statistics, state, n_lists = world
    settings = RankingSettings(
        list_length=length + 1, exploration_slots=slots, exploration_slots_for_newcomers=slots
    )
    reservations = LocalReservations(60.0)

    slates = Ranker(settings).rank(
        [state, state], Sources(statistics), lambda wishes: reservations.claim(0.0, wishes), n_lists
    )

    hidden = {*state.rows.tolist(), *state.shown.tolist()}
    for slate in slates:
        found = rows_of(slate)
        assert len(found) == len(set(found)) <= n_lists * settings.list_length
        assert not hidden & set(found)
        assert statistics.known[found].all()
        assert np.isfinite(slate["score"]).all()


def test_the_same_seed_gives_the_same_lists() -> None:
    one, other = played(seed=5), played(seed=5)

    assert one == other
    assert one != played(seed=6)


def played(seed: int) -> list[list[Row]]:
    """Let twenty users come, and each like the first item that they are shown."""
    window, ranker = Window(RankingSettings(), seed=seed), Ranker(RankingSettings(), seed)
    window.set_items(np.ones(600, np.bool_), genre_table(*[[str(row % 4)] for row in range(600)]))
    lists = []
    for number in range(20):
        (slate,) = ranker.rank([user()], Sources(window.refresh()), claim, 1)
        lists.append(rows_of(slate))
        window.record_impressions(UserId(str(number)), lists[-1])
        window.record_interaction(UserId(str(number)), lists[-1][0], +1, 1.0)
    return lists


def test_a_ranker_remembers_nothing_of_one_user_for_the_next() -> None:
    ranker = Ranker(PLAIN)
    ranker.rank([user(likes=[7], shown=[6, 5])], Sources(KNOWN_ENOUGH), claim, 1)

    (slate,) = ranker.rank([user()], Sources(KNOWN_ENOUGH), claim, 1)

    assert rows_of(slate) == [7, 6, 5]
