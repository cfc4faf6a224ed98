"""Which slots of a slate explore, and what they explore."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from recs.ranking.ranker import Ranker, explored_in
from recs.ranking.reservations import Wish
from recs.ranking.settings import RankingSettings
from recs.ranking.slates import ENTRY, SOURCES
from recs.ranking.sources import Sources
from recs.types import Row
from simulator.reservations import LocalReservations
from tests.recs.ranking.rankers import (
    HALF_KNOWN,
    KNOWN_ENOUGH,
    PLAIN,
    RATES,
    claim,
    rows_of,
    slate_of,
    sources_in,
)
from tests.recs.ranking.tables import counts, item_statistics, user


def test_a_users_last_slots_explore_the_least_tried() -> None:
    settings = replace(PLAIN, exploration_slots=2)

    slate = slate_of(user(dislikes=[7]), HALF_KNOWN, settings)

    assert rows_of(slate) == [6, 4, 3]
    assert sources_in(slate) == ["popular", "explore", "explore"]


def test_newcomers_explore_more() -> None:
    settings = replace(PLAIN, list_length=5, exploration_slots=1, exploration_slots_for_newcomers=3)

    newcomer = Counter(sources_in(slate_of(user(), HALF_KNOWN, settings)))
    other = Counter(sources_in(slate_of(user(dislikes=[0]), HALF_KNOWN, settings)))

    assert (newcomer["explore"], other["explore"]) == (3, 1)


@pytest.mark.parametrize(("n_interactions", "explored"), [(3, 4), (4, 2)])
def test_where_much_is_known_every_second_list_explores(n_interactions: int, explored: int) -> None:
    n_items = 60
    statistics = item_statistics([0.5] * n_items, items=counts(n_items))
    settings = replace(PLAIN, exploration_slots=1, rich_history=4)
    ranker, state = Ranker(settings), user(likes=range(n_interactions))

    slates = [ranker.rank([state], Sources(statistics), claim, 4)[0] for _ in range(20)]

    assert {sources_in(slate).count("explore") for slate in slates} == {explored}
    first = {"explore" in sources_in(slate)[:3] for slate in slates}
    assert first == ({True} if explored == 4 else {True, False})


def test_where_much_is_known_the_first_list_explores_every_second_time() -> None:
    statistics = item_statistics([0.5] * 20, items=counts(20))
    ranker, state = Ranker(replace(PLAIN, exploration_slots=1, rich_history=1)), user(likes=[0])

    slates = [ranker.rank([state], Sources(statistics), claim, 1)[0] for _ in range(300)]

    assert 120 < sum(len(explored_in(slate)) for slate in slates) < 180


def test_who_never_explores_does_not_where_much_is_known() -> None:
    settings = replace(PLAIN, exploration_slots=0, rich_history=0)

    assert explored_in(slate_of(user(dislikes=[7]), HALF_KNOWN, settings, n_lists=2)) == []


def test_items_that_were_tried_are_not_explored() -> None:
    settings = replace(PLAIN, exploration_slots_for_newcomers=3)

    assert "explore" not in sources_in(slate_of(user(), KNOWN_ENOUGH, settings))


def test_an_item_with_an_imported_history_is_not_explored() -> None:
    settings = replace(PLAIN, exploration_slots_for_newcomers=1)
    statistics = item_statistics(RATES, items=counts(likes=[9] * 7 + [0]))

    slate = slate_of(user(shown=[6]), statistics, settings)

    assert rows_of(slate) == [7, 5, 4]
    assert sources_in(slate) == ["fresh", "popular", "popular"]


def test_what_was_never_tried_and_comes_by_its_score_is_fresh() -> None:
    slate = slate_of(user(shown=[7, 6]), HALF_KNOWN)

    assert rows_of(slate) == [5, 4, 3]
    assert sources_in(slate) == ["popular", "fresh", "fresh"]


def test_where_nothing_is_given_to_explore_the_best_come_instead() -> None:
    settings = replace(PLAIN, exploration_slots_for_newcomers=2)

    (slate,) = Ranker(settings).rank([user()], Sources(HALF_KNOWN), none, 1)

    assert rows_of(slate) == [7, 6, 5]
    assert sources_in(slate) == ["popular"] * 3


def none(wishes: Sequence[Wish]) -> list[list[Row]]:
    return [[] for _ in wishes]


def test_reservations_are_asked_once_for_all_users() -> None:
    asked: list[Sequence[Wish]] = []

    def remember(wishes: Sequence[Wish]) -> list[list[Row]]:
        asked.append(wishes)
        return claim(wishes)

    settings = replace(PLAIN, exploration_slots=1, exploration_slots_for_newcomers=2)
    states = [user(), user(dislikes=[4])]
    slates = Ranker(settings).rank(states, Sources(HALF_KNOWN), remember, 1)

    assert asked == [[Wish([], [4, 3, 2, 1, 0], 2), Wish([], [3, 2, 1, 0], 1)]]
    assert [rows_of(slate) for slate in slates] == [[7, 4, 3], [7, 6, 3]]


def test_a_new_slate_lets_go_what_the_one_before_explores() -> None:
    before = np.array([(3, SOURCES.index("explore"), 0), (4, 0, 0), (2, 4, 0)], ENTRY)

    draft = Ranker(PLAIN).draft(user(slate=before), Sources(KNOWN_ENOUGH), 1)

    assert draft.wish.release == [3]


def test_slates_that_are_not_served_yet_do_not_explore_the_same() -> None:
    settings = RankingSettings(exploration_slots_for_newcomers=2)
    statistics = item_statistics([0.1] * 200, items=counts(200))
    reservations = LocalReservations(ttl_seconds=60.0)
    rankers = Ranker(settings, seed=1), Ranker(settings, seed=2)

    explored: list[Row] = []
    for number in range(20):
        (slate,) = rankers[number % 2].rank(
            [user()], Sources(statistics), lambda wishes: reservations.claim(0.0, wishes), 1
        )
        explored += explored_in(slate)

    assert len(explored) == len(set(explored)) == 40


@pytest.mark.parametrize(
    ("entries", "found"), [([], []), ([(1, 5, 0.0), (2, 0, 0.0), (3, 5, 0.0)], [1, 3])]
)
def test_what_a_slate_explores_is_marked_in_it(
    entries: list[tuple[int, int, float]], found: list[Row]
) -> None:
    assert explored_in(np.array(entries, ENTRY)) == found
