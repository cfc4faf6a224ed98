"""Lists that are ranked when they are asked for: under a filter, for a group."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from recs.ranking import candidates
from recs.ranking.ranker import Ranker
from recs.ranking.settings import RankingSettings
from recs.ranking.slates import EXPLORE
from recs.ranking.sources import Sources
from recs.ranking.user_state import UserState
from tests.recs.ranking.tables import (
    candidate_lists,
    counts,
    genre_table,
    item_statistics,
    rows,
    user,
)

N_ITEMS = 200
SETTINGS = RankingSettings(popular_candidates=20, fresh_candidates=5, fresh_most=20)
GENRES = [("drama",) if row % 2 else ("war",) for row in range(N_ITEMS)]
STATISTICS = item_statistics(
    np.linspace(0.5, 0.1, N_ITEMS).tolist(),
    genres=genre_table(*GENRES),
    of=candidate_lists(
        range(N_ITEMS), [range(0, N_ITEMS, 2), range(1, N_ITEMS, 2)], range(180, N_ITEMS), ()
    ),
    items=counts(impressions=[2] * N_ITEMS),
)


def ranked(
    users: Sequence[UserState], within: Sequence[int] | None = None, n_lists: int = 1
) -> list[int]:
    allowed = np.zeros(N_ITEMS, np.bool_)
    allowed[list(range(N_ITEMS) if within is None else within)] = True
    sources = Sources(STATISTICS)
    return Ranker(SETTINGS).rank_now(users, sources, n_lists, allowed)["row"].tolist()


@pytest.mark.parametrize("scored_most", [2_000, 5])
@pytest.mark.parametrize("who", [user(), user(likes=[1, 3]), user(likes=[0], dislikes=[150])])
def test_a_list_is_full_whatever_the_filter(
    who: UserState, scored_most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "SCORED_MOST", scored_most)
    within = range(101, 140)  # none of these would be a candidate without a filter

    found = ranked([who], within, n_lists=2)

    assert len(found) == len(set(found)) == 20
    assert set(found) <= set(within)


@pytest.mark.parametrize("scored_most", [2_000, 5])
def test_what_the_user_knows_does_not_come(
    scored_most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "SCORED_MOST", scored_most)

    found = ranked([user(likes=[10], dislikes=[11], shown=[12, 13])], range(8, 20))

    assert sorted(found) == [8, 9, 14, 15, 16, 17, 18, 19]


def test_under_a_filter_too_the_genres_that_a_user_likes_come_first() -> None:
    found = ranked([user(likes=[1, 3, 5, 7, 9])], range(100, 120))

    assert sum(row % 2 for row in found[:5]) > 2.5


def test_nothing_is_allowed_nothing_comes() -> None:
    assert ranked([user(likes=[1])], []) == []


def test_a_mask_shorter_or_longer_than_the_statistics_is_fine() -> None:
    sources = Sources(STATISTICS)
    for n in (3, N_ITEMS + 50):
        found = Ranker(SETTINGS).rank_now([user()], sources, 1, np.ones(n, np.bool_))
        assert len(found) == min(n, 10)


def test_a_group_gets_nothing_that_any_of_them_has_seen() -> None:
    found = ranked([user(likes=[0], shown=[1]), user(dislikes=[2], shown=[3])])

    assert not {0, 1, 2, 3} & set(found)
    assert len(found) == 10


def test_a_group_gets_what_its_least_happy_member_likes() -> None:
    """One likes dramas, the other dislikes them: what neither dislikes comes first."""
    likes = user(likes=list(range(1, 21, 2)))
    dislikes = user(dislikes=list(range(21, 41, 2)))
    unseen = range(41, N_ITEMS)

    alone = [sum(row % 2 for row in ranked([each], unseen)) for each in (likes, dislikes)]
    together = [ranked(group, unseen) for group in ([likes, dislikes], [dislikes, likes])]

    assert alone[0] > alone[1]
    assert [sum(row % 2 for row in found) for found in together] == [alone[1], alone[1]]


def test_candidates_of_a_group_are_those_of_all_its_members(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candidates, "SCORED_MOST", 0)
    settings = RankingSettings(popular_candidates=0, fresh_candidates=0, genre_candidates=5)
    group = [user(likes=[0, 2]), user(likes=[1, 3])]

    found = Ranker(settings).rank_now(group, Sources(STATISTICS), 1, np.ones(N_ITEMS, np.bool_))

    assert sorted(row % 2 for row in found["row"].tolist()) == [0] * 5 + [1] * 5


def test_a_group_is_no_field_for_experiments_and_one_user_is() -> None:
    untried = counts(impressions=[0] * N_ITEMS)
    of = replace(STATISTICS.candidates, new=rows(150))
    sources = Sources(replace(STATISTICS, counts=untried, candidates=of))
    allowed = np.ones(N_ITEMS, np.bool_)
    one = user(likes=[0])

    alone, group = (
        Ranker(SETTINGS).rank_now(users, sources, 3, allowed) for users in ([one], [one, one])
    )

    assert 150 in alone["row"]
    assert EXPLORE in alone["source"]
    assert 150 not in group["row"]
    assert EXPLORE not in group["source"]
