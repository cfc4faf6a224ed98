"""The read path: what a user gets, and what is remembered of it."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from recs.ranking.slates import ENTRY, NO_ENTRIES, SOURCES, Entries, pack, unpack
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.users import Served, Users
from recs.types import Generation, UserId

G = Generation(1_732_531_737_123)
ANNA = UserId("a}n:n{a *é")
NOW = 1_732_531_800.75
USER_TTL, VISITOR_TTL = 3_000, 200
SHOWN_MOST = 30


@pytest.fixture
def users(redis: Client, namespace: str) -> Users:
    return Users(redis, namespace, USER_TTL, VISITOR_TTL, SHOWN_MOST)


Serve = Callable[..., Served]


@pytest.fixture
def serve(users: Users) -> Serve:
    def serve(
        k: int, cold_start: Sequence[int] = (), fill: Sequence[int] = (), **how: bool
    ) -> Served:
        return users.serve(G, ANNA, k, NOW, pack(entries(*cold_start)), pack(entries(*fill)), **how)

    return serve


@pytest.fixture
def lifetimes(redis: Client, namespace: str) -> Callable[[], list[int]]:
    """Tell for how long Anna's interactions, shown and slate live; -2 without such a key."""
    return lambda: [redis.ttl(key) for key in Keys(namespace, G).of_user(ANNA)]


def entries(*rows: int) -> Entries:
    slate = np.zeros(len(rows), ENTRY)
    slate["row"] = rows
    slate["source"] = 3
    slate["score"] = np.asarray(rows) / 2
    return slate


def rows(served: Served) -> list[int]:
    return list(unpack(served.entries)["row"])


def test_the_next_of_the_slate_are_served_in_order(users: Users, serve: Serve) -> None:
    users.write_slates(G, {ANNA: entries(70_000, 2, 3, 4, 5)}, NOW)

    assert rows(serve(2)) == [70_000, 2]
    assert rows(serve(2)) == [3, 4]


def test_entries_are_served_as_they_were_written(users: Users, serve: Serve) -> None:
    users.write_slates(G, {ANNA: entries(7, 8)}, NOW)

    assert serve(2).entries == pack(entries(7, 8))


def test_how_many_are_left_is_told(users: Users, serve: Serve) -> None:
    users.write_slates(G, {ANNA: entries(1, 2, 3, 4, 5)}, NOW)

    assert [serve(2).left, serve(2).left, serve(2).left] == [3, 1, 0]


def test_what_was_shown_is_not_served(users: Users, serve: Serve) -> None:
    users.replay_impressions(G, [(ANNA, [2, 4], NOW)])
    users.write_slates(G, {ANNA: entries(1, 2, 3, 4, 5)}, NOW)

    assert rows(serve(3)) == [1, 3, 5]


def test_rows_are_told_apart_whatever_their_bytes(users: Users, serve: Serve) -> None:
    # Packed one after the other, 1 and 256 also read as 65,536, but not at the place of a row.
    users.replay_impressions(G, [(ANNA, [1, 256, 0x01010101, 0x01010101 << 1], NOW)])
    users.write_slates(G, {ANNA: entries(65_536, 0, 0x00010000, 0x02010101, 256, 9)}, NOW)

    assert rows(serve(4)) == [65_536, 0, 0x02010101, 9]


def test_rows_whose_bytes_are_signs_of_a_pattern_are_rows_like_others(
    users: Users, serve: Serve
) -> None:
    signs = [*b"%.[]*+-?^$()"]
    users.replay_impressions(G, [(ANNA, [*signs, 1], NOW)])
    users.write_slates(G, {ANNA: entries(*signs, 0x2E2E2E2E, 9)}, NOW)

    assert rows(serve(2)) == [0x2E2E2E2E, 9]


def test_a_row_is_found_behind_a_place_where_it_only_seems_to_be(
    users: Users, serve: Serve
) -> None:
    users.replay_impressions(G, [(ANNA, [256, 1, 0, 65_536, 5], NOW)])
    users.write_slates(G, {ANNA: entries(65_536, 9)}, NOW)

    assert rows(serve(1)) == [9]


@pytest.mark.parametrize("sign", [1, -1])
def test_what_was_interacted_with_is_not_served(users: Users, serve: Serve, sign: int) -> None:
    users.write_slates(G, {ANNA: entries(1, 2, 3, 4, 5)}, NOW)
    users.record(G, [(ANNA, 1, sign, NOW), (ANNA, 4, sign, NOW)])

    assert rows(serve(3, fill=[4, 6])) == [2, 3, 5]


def test_what_was_undone_is_served(users: Users, serve: Serve) -> None:
    users.write_slates(G, {ANNA: entries(1, 2)}, NOW)
    users.record(G, [(ANNA, 1, 1, NOW), (ANNA, 1, 0, NOW + 1)])

    assert rows(serve(2)) == [1, 2]


def test_who_was_never_heard_of_gets_a_cold_start_slate_as_their_own(serve: Serve) -> None:
    first = serve(2, cold_start=[1, 2, 3, 4])

    assert (rows(first), first.left) == ([1, 2], 2)
    assert rows(serve(2, cold_start=[7, 8])) == [3, 4]


def test_who_was_never_heard_of_is_new_once(serve: Serve) -> None:
    assert [serve(1, cold_start=[1, 2]).is_new, serve(1).is_new] == [True, False]


def test_for_who_interacted_and_was_never_ranked_nothing_is_done_if_so_wanted(
    users: Users, serve: Serve, redis: Client, namespace: str
) -> None:
    users.record(G, [(ANNA, 1, 1, NOW)])

    assert serve(2, [2, 3], [4, 5], only_ranked=True) == Served(b"", 0, False, is_unranked=True)
    assert not redis.exists(*Keys(namespace, G).of_user(ANNA)[1:])
    assert rows(serve(2, [2, 3], [4, 5])) == [4, 5]


def test_who_was_ranked_once_is_served_although_nothing_is_left(users: Users, serve: Serve) -> None:
    users.record(G, [(ANNA, 1, 1, NOW)])
    users.write_slates(G, {ANNA: entries(2)}, NOW)

    assert rows(serve(1, fill=[3, 4], only_ranked=True)) == [2]
    assert rows(serve(1, fill=[3, 4], only_ranked=True)) == [3]


def test_who_only_visits_is_served_although_nothing_was_ranked(serve: Serve) -> None:
    assert rows(serve(2, cold_start=[1, 2], only_ranked=True)) == [1, 2]
    assert rows(serve(1, fill=[3], only_ranked=True)) == [3]


def test_what_waits_in_a_cold_start_slate_is_served_first(users: Users, serve: Serve) -> None:
    serve(1, cold_start=[1, 2])
    users.record(G, [(ANNA, 1, 1, NOW)])

    assert rows(serve(1, fill=[3], only_ranked=True)) == [2]


def test_who_interacted_before_is_not_new(users: Users, serve: Serve) -> None:
    users.record(G, [(ANNA, 1, 0, NOW)])
    served = serve(2, cold_start=[2, 3], fill=[4])

    assert (rows(served), served.is_new) == ([4], False)


def test_who_was_shown_something_gets_no_cold_start_slate(users: Users, serve: Serve) -> None:
    users.replay_impressions(G, [(ANNA, [1], NOW)])
    served = serve(1, cold_start=[2], fill=[3])

    assert (rows(served), served.is_new) == ([3], False)


def test_who_found_nothing_gets_a_cold_start_slate_when_there_is_one(
    users: Users, serve: Serve
) -> None:
    users.write_slates(G, {ANNA: NO_ENTRIES}, NOW)

    assert rows(serve(2, cold_start=[1, 2])) == [1, 2]


def test_a_slate_that_is_used_up_is_filled_up(users: Users, serve: Serve) -> None:
    users.write_slates(G, {ANNA: entries(1, 2)}, NOW)
    users.record(G, [(ANNA, 5, -1, NOW)])

    assert rows(serve(4, fill=[2, 5, 3, 1, 6, 7])) == [1, 2, 3, 6]
    assert rows(serve(2, fill=[2, 5, 3, 1, 6, 7, 8])) == [7, 8]


def test_what_fills_up_may_become_the_slate(users: Users, serve: Serve) -> None:
    users.write_slates(G, {ANNA: entries(1)}, NOW)

    served = serve(2, fill=[1, 2, 3, 4], keep_fill=True)

    assert (rows(served), served.left) == ([1, 2], 2)
    assert rows(serve(2)) == [3, 4]


def test_what_fills_up_replaces_no_slate_that_a_ranker_has_just_written(
    users: Users, serve: Serve
) -> None:
    users.write_slates(G, {ANNA: entries(1, 2, 3)}, NOW)

    assert serve(2, fill=[7, 8], keep_fill=True).left == 1
    assert rows(serve(2, last_resort=False)) == [3]


def test_an_answer_has_no_item_twice(users: Users, serve: Serve) -> None:
    users.write_slates(G, {ANNA: entries(1, 1, 2)}, NOW)

    assert rows(serve(5, fill=[2, 2, 3, 3])) == [1, 2, 3]


def test_at_last_comes_what_was_shown_longest_ago(users: Users, serve: Serve) -> None:
    users.replay_impressions(G, [(ANNA, [5, 6, 7, 8], NOW)])

    assert rows(serve(3, fill=[6, 9])) == [9, 5, 6]
    assert rows(serve(3)) == [7, 8, 9]
    assert rows(serve(3)) == [5, 6, 7]


def test_a_replay_of_what_is_known_changes_no_order(users: Users, serve: Serve) -> None:
    assert [rows(serve(2, fill=[1, 2, 3, 4, 5])) for _ in range(2)] == [[1, 2], [3, 4]]
    users.replay_impressions(G, [(ANNA, [1, 2], NOW - 1), (ANNA, [9], NOW)], maybe_known=True)

    assert rows(serve(5)) == [1, 2, 3, 4, 9]


def test_a_replay_of_a_later_visit_moves_what_was_shown_again(users: Users, serve: Serve) -> None:
    serve(4, fill=[1, 2, 3, 4])
    users.replay_impressions(G, [(ANNA, [1, 2], NOW + 1)], maybe_known=True)

    assert rows(serve(4)) == [3, 4, 1, 2]


def test_a_list_ranked_on_demand_moves_what_was_shown_a_moment_ago(
    users: Users, serve: Serve
) -> None:
    serve(4, fill=[1, 2, 3, 4])
    users.replay_impressions(G, [(ANNA, [1, 2], NOW)])

    assert rows(serve(4)) == [3, 4, 1, 2]


def test_what_is_shown_again_is_explored(users: Users, serve: Serve) -> None:
    users.replay_impressions(G, [(ANNA, [5], NOW)])
    [entry] = unpack(serve(1).entries)

    assert (SOURCES[entry["source"]], entry["score"]) == ("explore", 0.0)


def test_what_is_shown_again_moves_to_the_end(users: Users, serve: Serve) -> None:
    users.replay_impressions(G, [(ANNA, [1, 5, 6, 7], NOW)])
    users.record(G, [(ANNA, 1, 1, NOW), (ANNA, 6, 1, NOW)])
    serve(1)

    [state] = users.states(G, [ANNA])
    assert state.shown.tolist() == [1, 6, 7, 5]


def test_what_was_interacted_with_is_not_shown_again(users: Users, serve: Serve) -> None:
    users.replay_impressions(G, [(ANNA, range(20), NOW)])
    users.record(G, [(ANNA, row, 1, NOW) for row in range(18)])

    assert rows(serve(3)) == [18, 19]


def test_what_is_served_is_shown(users: Users, serve: Serve) -> None:
    serve(2, cold_start=[70_000, 2, 3], fill=[4])
    serve(2, fill=[4])

    [state] = users.states(G, [ANNA])
    assert state.shown.tolist() == [70_000, 2, 3, 4]


def test_the_rest_of_the_slate_waits(users: Users, serve: Serve) -> None:
    users.write_slates(G, {ANNA: entries(1, 2, 3)}, NOW)
    serve(1)

    [state] = users.states(G, [ANNA])
    assert state.slate.tobytes() == pack(entries(2, 3))


def test_the_visit_is_remembered(users: Users, serve: Serve) -> None:
    serve(1, cold_start=[1])

    [state] = users.states(G, [ANNA])
    assert state.visited == int(NOW)


def test_no_more_is_remembered_as_shown_than_is_allowed(users: Users, serve: Serve) -> None:
    serve(SHOWN_MOST, fill=range(100))
    serve(2, fill=range(100))

    [state] = users.states(G, [ANNA])
    assert state.shown.tolist() == list(range(2, SHOWN_MOST + 2))


def test_the_keys_of_a_visitor_live_for_a_short_time(
    serve: Serve, lifetimes: Callable[[], list[int]]
) -> None:
    serve(1, cold_start=[1, 2])

    assert lifetimes() == [-2, VISITOR_TTL, VISITOR_TTL]


def test_the_keys_of_a_user_live_for_a_long_time(
    serve: Serve, users: Users, lifetimes: Callable[[], list[int]]
) -> None:
    serve(1, cold_start=[1, 2])
    users.record(G, [(ANNA, 1, 1, NOW)])
    assert lifetimes() == [USER_TTL] * 3

    serve(1)
    assert lifetimes() == [USER_TTL] * 3


def test_a_visit_lengthens_the_lives_of_all_keys(
    serve: Serve,
    users: Users,
    lifetimes: Callable[[], list[int]],
    redis: Client,
    namespace: str,
) -> None:
    users.record(G, [(ANNA, 1, 1, NOW)])
    serve(1, fill=[2])
    for key in Keys(namespace, G).of_user(ANNA):
        redis.expire(key, 10)
    serve(1)

    assert lifetimes() == [USER_TTL] * 3


def test_nothing_is_remembered_of_an_unknown_user_who_gets_nothing(
    serve: Serve, lifetimes: Callable[[], list[int]]
) -> None:
    served = serve(10)

    assert served == Served(b"", 0, True)
    assert lifetimes() == [-2, -2, -2]


def test_a_visit_of_a_known_user_who_gets_nothing_is_remembered(serve: Serve, users: Users) -> None:
    users.record(G, [(ANNA, 1, 1, NOW)])
    serve(10)

    [state] = users.states(G, [ANNA])
    assert state.visited == int(NOW)


def test_a_peek_tells_what_would_be_served(users: Users, serve: Serve) -> None:
    users.write_slates(G, {ANNA: entries(1, 2, 3)}, NOW)
    users.record(G, [(ANNA, 2, 1, NOW)])

    assert serve(3, fill=[4], peek=True) == serve(3, fill=[4])


def test_a_peek_records_nothing(
    users: Users, serve: Serve, lifetimes: Callable[[], list[int]]
) -> None:
    assert serve(2, cold_start=[1, 2, 3], peek=True) == Served(pack(entries(1, 2)), 1, True)
    assert lifetimes() == [-2, -2, -2]


def test_a_peek_lengthens_no_life(
    users: Users, serve: Serve, redis: Client, namespace: str
) -> None:
    users.record(G, [(ANNA, 1, 1, NOW)])
    key = Keys(namespace, G).interactions(ANNA)
    redis.expire(key, 10)
    serve(1, fill=[2], peek=True)

    assert redis.ttl(key) <= 10


def test_users_and_generations_have_their_own(users: Users, serve: Serve) -> None:
    users.write_slates(G, {UserId("ben"): entries(1)}, NOW)
    users.write_slates(Generation(G + 1), {ANNA: entries(2)}, NOW)

    assert rows(serve(9)) == []
