"""What is recorded of users, and what rankers read of them. The read path is in test_serve.py."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from recs.interactions import WATCHED
from recs.ranking.slates import ENTRY, Entries
from recs.ranking.user_state import UserState
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.nodes import nodes
from recs.stores.users import AT_ONCE_MOST, FACTS_A_CALL, MOMENTS, Users
from recs.types import Generation, UserId

G = Generation(1_732_531_737_123)
ANNA, BEN = UserId("anna"), UserId("b}e{n: *é")
NOW = 1_732_531_800.123456
USER_TTL, VISITOR_TTL = 3_000, 200


@pytest.fixture
def users(redis: Client, namespace: str) -> Users:
    return Users(redis, namespace, USER_TTL, VISITOR_TTL, shown_most=6)


def entries(*rows: int) -> Entries:
    slate = np.zeros(len(rows), ENTRY)
    slate["row"] = rows
    return slate


def state_of(users: Users, user: UserId) -> UserState:
    [state] = users.states(G, [user])
    return state


def interactions(users: Users, user: UserId) -> list[tuple[int, int]]:
    """Rows and signs, oldest first."""
    state = state_of(users, user)
    return list(zip(state.rows.tolist(), state.signs.tolist(), strict=True))


def test_interactions_come_oldest_first(users: Users) -> None:
    users.record(G, [(ANNA, 70_000, 1, 3.5), (ANNA, 7, -1, 1.5), (ANNA, 8, 1, 2.5)])

    assert interactions(users, ANNA) == [(7, -1), (8, 1), (70_000, 1)]


def test_the_latest_timestamp_wins_in_one_call(users: Users) -> None:
    users.record(G, [(ANNA, 7, 1, 2.000002), (ANNA, 7, -1, 2.000001), (ANNA, 8, 1, 1.0)])

    assert interactions(users, ANNA) == [(8, 1), (7, 1)]


def test_the_latest_timestamp_wins_in_several_calls(users: Users) -> None:
    users.record(G, [(ANNA, 7, 1, NOW)])
    users.record(G, [(ANNA, 7, -1, NOW - 0.000002)])
    assert interactions(users, ANNA) == [(7, 1)]

    users.record(G, [(ANNA, 7, -1, NOW + 0.000002)])
    assert interactions(users, ANNA) == [(7, -1)]


def test_of_equal_timestamps_the_later_call_wins(users: Users) -> None:
    users.record(G, [(ANNA, 7, 1, NOW), (ANNA, 7, -1, NOW)])
    assert interactions(users, ANNA) == [(7, -1)]

    users.record(G, [(ANNA, 7, 1, NOW)])
    assert interactions(users, ANNA) == [(7, 1)]


def test_recording_twice_changes_nothing(users: Users) -> None:
    facts = [(ANNA, 7, 1, 1.0), (ANNA, 7, -1, 3.0), (ANNA, 8, 1, 2.0), (ANNA, 7, 0, 2.5)]
    users.record(G, facts)
    users.record(G, facts)

    assert interactions(users, ANNA) == [(8, 1), (7, -1)]


def test_what_was_undone_is_left_out(users: Users) -> None:
    users.record(G, [(ANNA, 7, 1, 1.0), (ANNA, 8, 1, 2.0), (ANNA, 7, 0, 3.0), (ANNA, 10, 1, 4.0)])

    assert interactions(users, ANNA) == [(8, 1), (10, 1)]


def test_what_was_undone_stays_so_when_an_older_opinion_comes_late(users: Users) -> None:
    users.record(G, [(ANNA, 7, 0, 3.0)])
    users.record(G, [(ANNA, 7, 1, 2.0)])

    assert interactions(users, ANNA) == []


@pytest.mark.parametrize(
    ("facts", "kept"),
    [
        ([(WATCHED, 1.0)], [WATCHED]),
        ([(WATCHED, 1.0), (1, 2.0)], [1]),
        ([(WATCHED, 2.0), (-1, 1.0)], [-1]),
        ([(1, 1.0), (WATCHED, 2.0)], [1]),
        ([(-1, 1.0), (WATCHED, 2.0)], [-1]),
        ([(WATCHED, 1.0), (0, 2.0)], []),
        ([(WATCHED, 2.0), (0, 1.0)], [WATCHED]),
        ([(1, 1.0), (0, 2.0), (WATCHED, 3.0)], [WATCHED]),
    ],
)
def test_a_like_and_a_dislike_win_over_watched(
    users: Users, facts: list[tuple[int, float]], kept: list[int]
) -> None:
    users.record(G, [(ANNA, 7, sign, at) for sign, at in facts])
    for sign, at in facts:
        users.record(G, [(BEN, 7, sign, at)])

    assert [sign for _, sign in interactions(users, ANNA)] == kept
    assert [sign for _, sign in interactions(users, BEN)] == kept


def test_what_was_watched_stands_among_the_others_by_time(users: Users) -> None:
    users.record(G, [(ANNA, 7, WATCHED, 2.0), (ANNA, 8, 1, 1.0), (ANNA, 9, -1, 3.0)])
    users.record(G, [(ANNA, 6, 1, 1.5), (ANNA, 6, 0, 4.0)])

    assert interactions(users, ANNA) == [(8, 1), (7, WATCHED), (9, -1)]


def test_each_user_has_their_own(users: Users) -> None:
    users.record(G, [(ANNA, 7, 1, 1.0), (BEN, 7, -1, 1.0), (ANNA, 8, 1, 2.0)])

    assert interactions(users, ANNA) == [(7, 1), (8, 1)]
    assert interactions(users, BEN) == [(7, -1)]


def test_many_users_and_many_interactions(users: Users) -> None:
    several = [UserId(f"user {number}") for number in range(1_200)]
    users.record(G, [(user, row, 1, 1.0 + row) for row in (1, 2) for user in several])
    users.record(G, [(ANNA, row, 1, 1.0 + row) for row in range(9 * FACTS_A_CALL + 1)])

    states = users.states(G, [*several, ANNA])
    assert [each.rows.tolist() for each in states[:-1]] == [[1, 2]] * 1_200
    assert states[-1].rows.tolist() == list(range(9 * FACTS_A_CALL + 1))


def test_redis_answers_others_between_the_portions_of_a_long_history(
    users: Users, redis: Client
) -> None:
    n = AT_ONCE_MOST + 1
    users.record(G, [(ANNA, row, 1, 1.0 + row) for row in range(n)])
    users.record(G, [(BEN, row, -1, 1.0 + row) for row in range(n - 1)])
    before = calls_of_redis(redis)

    anna, ben = users.states(G, [ANNA, BEN])
    facts = users.facts(G, ANNA)

    called = {name: calls_of_redis(redis)[name] - before[name] for name in before}
    assert anna.rows.tolist() == list(range(n))
    assert ben.rows.tolist() == list(range(n - 1))
    assert len(facts) == n
    assert called["hgetall"] == 1  # of Ben
    assert called["hscan"] >= 2 * 2  # Anna's, twice


def calls_of_redis(redis: Client) -> dict[str, int]:
    """How often some commands were called, also by scripts."""
    found: list[Any] = [node.info("commandstats") for node in nodes(redis)]
    return {
        name: sum(each.get(f"cmdstat_{name}", {"calls": 0})["calls"] for each in found)
        for name in ("hgetall", "hscan")
    }


def test_what_is_recorded_while_a_long_history_is_read_hides_nothing(
    users: Users, redis: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    n, scan, recorded = AT_ONCE_MOST + 1, redis.hscan, []
    users.record(G, [(ANNA, row, 1, 1.0 + row) for row in range(n)])

    def hscan(*args: Any, **options: Any) -> Any:
        first = n * (1 + len(recorded))  # Redis reorders the keys as they grow
        facts = [(ANNA, row, 1, 1.0 + row) for row in range(first, first + n)]
        recorded.append(users.record(G, facts)[ANNA])
        return scan(*args, **options)

    monkeypatch.setattr(redis, "hscan", hscan)
    state = state_of(users, ANNA)

    assert state.read_at < recorded[0]
    assert state.rows[:n].tolist() == list(range(n))
    assert len(set(state.rows.tolist())) == len(state.rows)


def test_interactions_expire(users: Users, redis: Client, namespace: str) -> None:
    users.record(G, [(ANNA, 7, 1, 1.0)])

    assert redis.ttl(Keys(namespace, G).interactions(ANNA)) == USER_TTL


def test_no_facts_are_no_change(users: Users) -> None:
    users.record(G, [])

    assert users.states(G, []) == []


def test_interactions_of_one_user_come_newest_first(users: Users) -> None:
    users.record(G, [(ANNA, 8, 1, 2.0), (ANNA, 7, -1, 1.0), (ANNA, 9, 0, 3.0)])

    assert list(users.interactions(G, ANNA).items()) == [(8, 1), (7, -1)]
    assert users.interactions(G, BEN) == {}


def test_the_state_of_an_unknown_user_is_empty(users: Users) -> None:
    state = state_of(users, ANNA)

    assert [len(each) for each in (state.rows, state.signs, state.shown, state.slate)] == [0] * 4
    assert state.visited == 0.0


def test_states_come_in_the_order_of_the_users(users: Users) -> None:
    several = [UserId(str(number)) for number in range(50)]
    users.replay_impressions(G, [(user, [number], 5.0) for number, user in enumerate(several)])

    states = users.states(G, several)
    assert [state.shown.tolist() for state in states] == [[number] for number in range(50)]


def test_a_state_has_the_numbers_that_a_ranker_counts_with(users: Users) -> None:
    users.record(G, [(ANNA, 7, 1, 1.0)])
    users.replay_impressions(G, [(ANNA, [8], 5.0)])
    state = state_of(users, ANNA)

    assert {each.dtype for each in (state.rows, state.signs, state.shown)} == {np.dtype(np.int64)}


def test_a_new_slate_replaces_the_one_before(users: Users) -> None:
    users.write_slates(G, {ANNA: entries(1, 2), BEN: entries(3)}, NOW)
    users.write_slates(G, {ANNA: entries(4)}, NOW)

    assert state_of(users, ANNA).slate.tobytes() == entries(4).tobytes()
    assert state_of(users, BEN).slate.tobytes() == entries(3).tobytes()


def test_a_slate_of_a_newer_state_is_not_replaced_by_one_of_an_older_state(users: Users) -> None:
    [state] = users.states(G, [ANNA])
    users.record(G, [(ANNA, 1, 1, NOW)])
    at = state_of(users, ANNA).read_at + 1_000
    users.write_slates(G, {ANNA: entries(4)}, NOW, {ANNA: at})
    users.write_slates(G, {ANNA: entries(1, 2)}, NOW, {ANNA: state.read_at})
    assert state_of(users, ANNA).slate.tobytes() == entries(4).tobytes()

    users.write_slates(G, {ANNA: entries(5)}, NOW, {ANNA: at})  # by newer statistics
    assert state_of(users, ANNA).slate.tobytes() == entries(5).tobytes()


@pytest.mark.parametrize("later", [-1, 1, 70_000])
def test_what_is_older_is_found_although_moments_begin_again(users: Users, later: int) -> None:
    at = MOMENTS * 1_000 * 7 + later * 1_000  # us
    users.write_slates(G, {ANNA: entries(4)}, NOW, {ANNA: at})
    users.write_slates(G, {ANNA: entries(1, 2)}, NOW, {ANNA: at - 59_998_000})

    assert state_of(users, ANNA).slate.tobytes() == entries(4).tobytes()


def test_a_clock_that_was_set_back_keeps_no_slate_from_being_replaced(users: Users) -> None:
    users.write_slates(G, {ANNA: entries(4)}, NOW, {ANNA: 90_000_000})
    users.write_slates(G, {ANNA: entries(1, 2)}, NOW, {ANNA: 30_000_000})

    assert state_of(users, ANNA).slate.tobytes() == entries(1, 2).tobytes()


def test_a_slate_of_a_month_ago_is_not_ranked_with_what_comes_now(users: Users) -> None:
    month = 30 * 86_400 * 1_000_000  # us
    users.write_slates(G, {ANNA: entries(4)}, NOW, {ANNA: month})

    assert users.are_ranked([(G, ANNA, 2 * month)]) == [False]
    assert users.are_ranked([(G, ANNA, month - 1_000)]) == [True]


def test_a_slate_may_lack_what_was_recorded_in_the_millisecond_of_the_read(users: Users) -> None:
    users.write_slates(G, {ANNA: entries(4)}, NOW, {ANNA: 5_000_100})  # us

    assert users.are_ranked([(G, ANNA, 5_000_900)]) == [False]
    assert users.are_ranked([(G, ANNA, 5_000_000)]) == [True]


def test_a_new_slate_leaves_the_visit_and_its_lifetime(
    users: Users, redis: Client, namespace: str
) -> None:
    users.serve(G, ANNA, 1, 50.0, entries(1, 2).tobytes(), b"")
    redis.expire(Keys(namespace, G).slate(ANNA), 70)
    users.write_slates(G, {ANNA: entries(4)}, NOW)

    assert state_of(users, ANNA).visited == 50.0
    assert 60 < redis.ttl(Keys(namespace, G).slate(ANNA)) <= 70


def test_a_slate_says_when_it_was_ranked(users: Users, redis: Client, namespace: str) -> None:
    users.write_slates(G, {ANNA: entries(1, 2)}, NOW)
    users.serve(G, ANNA, 1, NOW + 5, b"", b"")

    header = redis.getrange(Keys(namespace, G).slate(ANNA), 0, 7)
    assert np.frombuffer(header, "<u4").tolist() == [int(NOW + 5), int(NOW * 1_000) % 2**32]


def test_a_first_slate_lives_as_long_as_its_user(
    users: Users, redis: Client, namespace: str
) -> None:
    users.record(G, [(ANNA, 7, 1, 1.0)])
    users.write_slates(G, {ANNA: entries(1), BEN: entries(1)}, NOW)
    keys = Keys(namespace, G)

    assert redis.ttl(keys.slate(ANNA)) == USER_TTL
    assert redis.ttl(keys.slate(BEN)) == VISITOR_TTL


def test_impressions_are_replayed_in_order(users: Users) -> None:
    users.replay_impressions(G, [(ANNA, [1, 70_000], 5.0), (BEN, [3], 6.0), (ANNA, [4], 7.0)])

    assert state_of(users, ANNA).shown.tolist() == [1, 70_000, 4]
    assert state_of(users, BEN).shown.tolist() == [3]


def test_an_item_shown_twice_is_kept_once_at_its_last_place(users: Users) -> None:
    users.replay_impressions(G, [(ANNA, [1, 2, 3], 5.0), (ANNA, [1], 6.0)])
    users.replay_impressions(G, [(ANNA, [2], 7.0)])

    assert state_of(users, ANNA).shown.tolist() == [3, 1, 2]


def test_replaying_twice_changes_nothing(users: Users) -> None:
    for _ in range(2):
        users.replay_impressions(G, [(ANNA, [1, 2, 3], 5.0), (ANNA, [1], 6.0)])

    assert state_of(users, ANNA).shown.tolist() == [2, 3, 1]


def test_rows_that_seem_to_be_inside_others_are_replayed(users: Users) -> None:
    users.replay_impressions(G, [(ANNA, [256, 1, 0, 65_536, 65_536], 5.0)])

    assert state_of(users, ANNA).shown.tolist() == [256, 1, 0, 65_536]


def test_a_replayed_visit_is_remembered_unless_a_later_one_is(users: Users) -> None:
    users.replay_impressions(G, [(ANNA, [1], 7.9), (ANNA, [2], 5.0)])
    assert state_of(users, ANNA).visited == 7.0

    users.replay_impressions(G, [(ANNA, [1], 6.0)])
    assert state_of(users, ANNA).visited == 7.0


def test_a_replay_leaves_the_slate(users: Users) -> None:
    users.write_slates(G, {ANNA: entries(1, 2)}, NOW)
    users.replay_impressions(G, [(ANNA, [1], 7.0)])

    assert state_of(users, ANNA).slate.tobytes() == entries(1, 2).tobytes()


def test_a_long_history_is_replayed_quickly(
    redis: Client, namespace: str, seconds: Callable[[Callable[[], object]], float]
) -> None:
    users = Users(redis, namespace)
    rows = list(range(100_000))

    assert seconds(lambda: users.replay_impressions(G, [(ANNA, rows, 7.0)])) < 5
    assert state_of(users, ANNA).shown.tolist() == rows[50_000:]


def test_no_more_impressions_are_replayed_than_are_kept(users: Users) -> None:
    users.replay_impressions(G, [(ANNA, range(9), 7.0)])

    assert state_of(users, ANNA).shown.tolist() == [3, 4, 5, 6, 7, 8]


def test_what_is_replayed_expires(users: Users, redis: Client, namespace: str) -> None:
    users.record(G, [(ANNA, 7, 1, 1.0)])
    users.replay_impressions(G, [(ANNA, [1], 7.0), (BEN, [1], 7.0)])
    keys = Keys(namespace, G)

    assert [redis.ttl(key) for key in keys.of_user(ANNA)] == [USER_TTL] * 3
    assert [redis.ttl(key) for key in keys.of_user(BEN)] == [-2, VISITOR_TTL, VISITOR_TTL]


def test_a_slate_is_ranked_with_what_ingest_recorded_before_the_collector(users: Users) -> None:
    fact = (ANNA, 7, 1, NOW)
    at = users.record(G, [fact])[ANNA]
    users.write_slates(G, {ANNA: entries(8)}, NOW, {ANNA: at + 2_000})  # read 2 ms later

    late = users.record(G, [fact])[ANNA]
    assert late == at
    assert users.are_ranked([(G, ANNA, late)]) == [True]

    later = users.record(G, [fact, (ANNA, 8, 1, NOW + 1)])[ANNA]
    assert later > late
    assert users.record(G, [fact])[ANNA] == later  # nothing is told too early


def test_when_something_was_recorded_is_forgotten(
    users: Users, redis: Client, namespace: str
) -> None:
    at = users.record(G, [(ANNA, 7, 1, NOW)])[ANNA]
    key = Keys(namespace, G).recorded(ANNA)

    assert 0 < redis.ttl(key) <= 60
    redis.delete(key)
    assert users.record(G, [(ANNA, 7, 1, NOW)])[ANNA] > at
