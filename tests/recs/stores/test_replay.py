import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, time
from typing import Any

import pytest
from redis.exceptions import RedisError

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores, connection, replay
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.log import Kind
from recs.stores.nodes import nodes
from recs.stores.segments import Span
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.faults import files_of_at_most
from tests.servers.redis_servers import RedisServer

LIKE, DISLIKE, UNDO = Action.LIKE, Action.DISLIKE, Action.UNDO
NOW = time()
ODD_IDS = [
    *("a:b", "a", "*", "a,b", 'a"b', "a|b", "a b", "%61", "a/b", "é", "🎬", "[a]", "{a}", "\\a"),
    *("}", "applied:1", "}:waiting"),
]


@pytest.fixture
def stores(redis: Client, tmp_path: Path, namespace: str) -> Stores:
    return Stores(Settings(namespace=namespace, data_dir=tmp_path / "data"), redis)


@pytest.fixture
def keys(namespace: str, generation: Generation) -> Keys:
    return Keys(namespace, generation)


def said(user: str, item: str, action: Action = LIKE, timestamp: float = NOW) -> Interaction:
    return Interaction(UserId(user), ItemId(item), action, timestamp)


def log_only(stores: Stores, generation: Generation, *interactions: Interaction) -> Span:
    rows = [each.to_row() for each in interactions]
    return stores.log.append(generation, Kind.INTERACTIONS, rows)


def take(stores: Stores, generation: Generation, *interactions: Interaction) -> Span:
    """Log interactions and apply them, as ingest does."""
    span = log_only(stores, generation, *interactions)
    stores.replay.apply(generation, span, interactions)
    return span


def show(stores: Stores, generation: Generation, user: str, *items: str) -> None:
    """Show items to a user, as a recommender does."""
    found = stores.catalogues.of(generation).rows_of([ItemId(item) for item in items])
    rows = [row for row in found if row is not None]
    stores.users.replay_impressions(generation, [(UserId(user), rows, NOW)])
    stores.impressions.note(generation, UserId(user), rows, NOW)


def reconcile(stores: Stores, generation: Generation) -> int:
    """Reconcile as if all writers had been resting."""
    for segment in stores.generations.folder(generation).glob("interactions*.csv"):
        os.utime(segment, (1, 1))
    return stores.replay.reconcile(generation)


def restart(stores: Stores) -> Stores:
    """Open the stores again, as a process does that has just started."""
    return Stores(stores.settings, stores.redis)


def opinions(stores: Stores, generation: Generation, user: str) -> dict[str, int]:
    catalogue = stores.catalogues.of(generation)
    catalogue.refresh()
    found = stores.users.interactions(generation, UserId(user))
    return {catalogue.ids[row]: sign for row, sign in found.items()}


def shown(stores: Stores, generation: Generation, user: str) -> list[str]:
    ids = stores.catalogues.of(generation).ids
    (state,) = stores.users.states(generation, [UserId(user)])
    return [ids[row] for row in state.shown]


def all_keys(redis: Client, keys: Keys) -> dict[bytes, Client]:
    return {key: node for node in nodes(redis) for key in node.scan_iter(keys.pattern)}


def contents(redis: Client, keys: Keys) -> dict[bytes, Any]:
    """Return what Redis has of a generation: of users and of the log.

    Not who waits, and not when something was recorded, for a minute: that is of another moment.
    """
    return {
        key: node.get(key) if node.type(key) == b"string" else node.hgetall(key)
        for key, node in all_keys(redis, keys).items()
        if not key.endswith((b"waiting", b":recorded"))
    }


def empty(redis: Client, keys: Keys) -> None:
    """Lose everything of a generation."""
    for key, node in all_keys(redis, keys).items():
        node.delete(key)


def dead_letters(stores: Stores, generation: Generation) -> int:
    return stores.log.count_dead_letters(generation)


def test_an_interaction_becomes_an_opinion_and_its_user_waits(
    stores: Stores, generation: Generation
) -> None:
    take(stores, generation, said("u", "i"), said("u", "j", DISLIKE), said("u", "k", UNDO))

    assert opinions(stores, generation, "u") == {"i": 1, "j": -1}
    assert [user for user, _ in stores.waiting.take(generation, 10, time() + 1)] == ["u"]


def test_an_item_never_heard_of_gets_a_row_and_stays_unknown(
    stores: Stores, generation: Generation
) -> None:
    take(stores, generation, said("u", "i"))

    catalogue = stores.catalogues.of(generation)
    assert (catalogue.rows, list(catalogue.known)) == ({"i": 0}, [0])


def test_applying_twice_is_harmless(
    stores: Stores, generation: Generation, redis: Client, keys: Keys
) -> None:
    interactions = said("u", "i", LIKE, 1), said("u", "j", DISLIKE, 2), said("u", "i", UNDO, 3)
    span = take(stores, generation, *interactions)
    once = contents(redis, keys)

    stores.replay.apply(generation, span, interactions)

    assert contents(redis, keys) == once


def test_redis_has_what_it_applied(stores: Stores, generation: Generation) -> None:
    first = take(stores, generation, said("u", "i"))
    second = take(stores, generation, said("u", "j"))

    assert first.segment == second.segment
    assert stores.applied.offsets(generation) == {second.segment: second.after}


def test_rows_that_leave_a_gap_bring_the_missing_ones_along(
    stores: Stores, generation: Generation
) -> None:
    log_only(stores, generation, said("u", "unseen"))

    span = take(stores, generation, said("u", "i"))

    assert opinions(stores, generation, "u") == {"unseen": 1, "i": 1}
    assert stores.applied.offsets(generation) == {span.segment: span.after}


def test_a_long_gap_does_not_hold_up_what_is_new(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "CATCH_UP_SECONDS", 0.0)
    log_only(stores, generation, *(said("other", "i" * 500, LIKE, n) for n in range(1_500)))

    span = take(stores, generation, said("u", "i"))
    after_one = stores.applied.offsets(generation)[span.segment]
    for _ in range(4):
        span = take(stores, generation, said("u", "i"))

    assert opinions(stores, generation, "u") == {"i": 1}
    assert 0 < after_one < span.before
    assert stores.applied.offsets(generation) == {span.segment: span.after}


def test_a_redis_that_went_back_catches_up_from_where_it_stands(
    stores: Stores, generation: Generation, redis: Client, keys: Keys
) -> None:
    take(stores, generation, said("u", "i", LIKE, 1))
    snapshot = {key: node.dump(key) for key, node in all_keys(redis, keys).items()}
    take(stores, generation, said("u", "i", DISLIKE, 2), said("v", "j", LIKE, 3))
    whole = contents(redis, keys)

    empty(redis, keys)
    for key, value in snapshot.items():
        redis.restore(key, 0, value)

    assert reconcile(stores, generation) == 2
    assert contents(redis, keys) == whole


def test_an_emptied_redis_becomes_what_it_was(
    stores: Stores, generation: Generation, redis: Client, keys: Keys
) -> None:
    stores.catalogues.of(generation).add([(ItemId(f"i{n}"), ("Drama",)) for n in range(300)])
    for n in range(3):
        take(stores, generation, *(said(f"u{m}", f"i{m * n}", LIKE, m + n) for m in range(100)))
    take(stores, generation, said("u1", "i1", UNDO, 900), said("u2", "i2", DISLIKE, 901))
    for n in range(4):
        show(stores, generation, f"u{n}", "i0", f"i{n}")
        show(stores, generation, "visitor", f"i{n}", "new")
    reconcile(stores, generation)
    whole = contents(redis, keys)

    empty(redis, keys)
    reconcile(stores, generation)

    assert contents(redis, keys) == whole
    assert shown(stores, generation, "visitor") == ["i0", "i1", "i2", "i3", "new"]


def test_one_node_that_is_emptied_becomes_what_it_was(
    stores: Stores, generation: Generation, redis: Client, keys: Keys
) -> None:
    take(stores, generation, *(said(f"u{n}", f"i{n}") for n in range(50)))
    for n in range(50):
        show(stores, generation, f"u{n}", f"i{n}")
    reconcile(stores, generation)
    whole = contents(redis, keys)

    lost = nodes(redis)[-1]
    for key in list(lost.scan_iter(keys.pattern)):
        lost.delete(key)
    reconcile(stores, generation)

    assert contents(redis, keys) == whole


def test_one_node_that_went_back_becomes_what_it_was(
    stores: Stores, generation: Generation, redis: Client, keys: Keys
) -> None:
    node = nodes(redis)[-1]
    take(stores, generation, *(said(f"u{n}", "i", LIKE, 1) for n in range(50)))
    snapshot = {key: node.dump(key) for key in node.scan_iter(keys.pattern)}
    take(stores, generation, *(said(f"u{n}", "i", DISLIKE, 2) for n in range(50)))
    whole = contents(redis, keys)

    for key in list(node.scan_iter(keys.pattern)):
        node.delete(key)
    for key, value in snapshot.items():
        node.restore(key, 0, value)
    reconcile(stores, generation)

    assert contents(redis, keys) == whole


def test_a_healthy_redis_is_left_alone(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(stores, generation, said("u", "i"))
    show(stores, generation, "u", "i")
    reconcile(stores, generation)
    show(stores, generation, "u", "j")
    for method in ("record", "replay_impressions"):
        monkeypatch.setattr(stores.users, method, None)

    assert reconcile(stores, generation) == 0
    assert stores.applied.offsets(generation) == stores.log.sizes(generation)


def test_what_was_not_applied_is_not_lost_with_the_process(
    stores: Stores, generation: Generation
) -> None:
    log_only(stores, generation, said("u", "i"))

    assert reconcile(restart(stores), generation) == 1
    assert opinions(stores, generation, "u") == {"i": 1}


def test_a_segment_at_work_is_left_to_its_writer(stores: Stores, generation: Generation) -> None:
    log_only(stores, generation, said("u", "i"))

    assert stores.replay.reconcile(generation) == 0


def test_of_rows_replayed_only_users_who_are_active_wait(
    stores: Stores, generation: Generation
) -> None:
    long_ago = NOW - stores.settings.active_seconds - 60
    log_only(
        stores, generation, said("gone", "i", LIKE, long_ago), said("here", "i", LIKE, NOW - 60)
    )

    reconcile(stores, generation)

    assert opinions(stores, generation, "gone") == {"i": 1}
    assert [user for user, _ in stores.waiting.take(generation, 10, time() + 1)] == ["here"]


def test_work_is_done_in_portions(stores: Stores, generation: Generation) -> None:
    span = log_only(stores, generation, *(said("u", "i" * 500, LIKE, n) for n in range(1_500)))
    steps = [reconcile_now(stores, generation) for _ in range(4)]

    assert len([step for step in steps if step]) == 3
    assert sum(steps) == 1_500
    assert stores.applied.offsets(generation) == {span.segment: span.after}


def reconcile_now(stores: Stores, generation: Generation) -> int:
    """Reconcile for as short as it can be."""
    for segment in stores.generations.folder(generation).glob("*.csv"):
        os.utime(segment, (1, 1))
    return stores.replay.reconcile(generation, monotonic() + 0.001)


def test_every_segment_is_reported(stores: Stores, generation: Generation) -> None:
    span = log_only(stores, generation, said("u", "i"), said("u", "j"))
    show(stores, generation, "u", "i")
    seen = []
    for segment in stores.generations.folder(generation).glob("*.csv"):
        os.utime(segment, (1, 1))

    stores.replay.reconcile(generation, report=lambda *told: seen.append(told))

    assert seen[0] == (span.segment, 2, span.after)
    assert [rows for _, rows, _ in seen] == [2, 1]


def test_impressions_that_redis_has_are_not_replayed(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    reconcile(stores, generation)
    show(stores, generation, "u", "i")
    show(stores, generation, "u", "j")
    monkeypatch.setattr(stores.users, "replay_impressions", None)

    reconcile(stores, generation)

    assert stores.applied.offsets(generation) == stores.log.sizes(generation, Kind.IMPRESSIONS)


def test_a_process_that_has_just_started_replays_impressions_since_the_last_look(
    stores: Stores, generation: Generation
) -> None:
    reconcile(stores, generation)
    show(stores, generation, "u", "i")
    reconcile(stores, generation)
    show(stores, generation, "u", "j")

    assert reconcile(restart(stores), generation) == 1


def test_impressions_of_which_redis_was_not_told_are_replayed_though_it_went_on(
    stores: Stores, generation: Generation
) -> None:
    reconcile(stores, generation)
    show(stores, generation, "u", "i")
    (row,) = stores.catalogues.of(generation).rows_of([ItemId("j")])
    assert row is not None
    stores.impressions.note(generation, UserId("u"), [row], NOW, recorded=False)

    assert [reconcile(stores, generation) for _ in range(2)] == [1, 0]
    assert shown(stores, generation, "u") == ["i", "j"]
    assert stores.applied.offsets(generation) == stores.log.sizes(generation, Kind.IMPRESSIONS)


def test_a_line_that_a_recommender_has_not_finished_is_not_passed_over(
    stores: Stores, generation: Generation
) -> None:
    reconcile(stores, generation)
    show(stores, generation, "u", "i")
    (segment,) = stores.log.sizes(generation, Kind.IMPRESSIONS)
    with (stores.generations.folder(generation) / segment).open("ab", buffering=0) as file:
        whole = file.tell()
        file.write(b"u,0")
        reconcile(stores, generation)

    assert stores.applied.offsets(generation) == {segment: whole}


def test_impressions_of_rows_that_are_in_no_catalogue_are_left_out(
    stores: Stores, generation: Generation
) -> None:
    stores.catalogues.of(generation).rows_of([ItemId("i")])
    stores.impressions.note(generation, UserId("u"), [0, 7], NOW)

    reconcile(stores, generation)

    assert shown(stores, generation, "u") == ["i"]


def test_lines_that_are_no_interactions_are_set_aside(
    stores: Stores, generation: Generation
) -> None:
    span = log_only(stores, generation, said("u", "i"))
    with (stores.generations.folder(generation) / span.segment).open("ab") as file:
        file.write(b"\xff\xfe\n\nu,i,love,1\nu,i,like\n")
        file.write(",".join(said("u", "j", DISLIKE).to_row()).encode() + b"\n")

    reconcile(stores, generation)
    reconcile(stores, generation)

    assert opinions(stores, generation, "u") == {"i": 1, "j": -1}
    assert dead_letters(stores, generation) == 4


@pytest.mark.parametrize("line", [b"u\xff,0,1\n", b"u,,1\n", b"u,a,1\n", b"u,0,soon\n", b"u,0\n"])
def test_a_damaged_impression_is_set_aside_and_holds_up_nothing(
    stores: Stores, generation: Generation, line: bytes
) -> None:
    show(stores, generation, "u", "i")
    (segment,) = stores.log.sizes(generation)
    with (stores.generations.folder(generation) / segment).open("ab") as file:
        file.write(line)
    log_only(stores, generation, said("u", "i"))

    reconcile(stores, generation)

    assert opinions(stores, generation, "u") == {"i": 1}
    assert dead_letters(stores, generation) == 1


def test_a_torn_last_line_of_a_dead_writer_is_set_aside_once(
    stores: Stores, generation: Generation
) -> None:
    span = log_only(stores, generation, said("u", "i"))
    stores.log.close(Kind.INTERACTIONS)
    with (stores.generations.folder(generation) / span.segment).open("ab") as file:
        file.write(b"u,j,li")

    reconcile(stores, generation)
    reconcile(stores, generation)

    assert opinions(stores, generation, "u") == {"i": 1}
    assert dead_letters(stores, generation) == 1
    assert stores.log.sizes(generation) == {span.segment: span.after}


def test_a_segment_that_cannot_be_read_does_not_hold_up_the_others(
    stores: Stores, generation: Generation
) -> None:
    log_only(stores, generation, said("u", "i"))
    (stores.generations.folder(generation) / "interactions-0-0.csv").mkdir()

    reconcile(stores, generation)
    reconcile(stores, generation)

    assert opinions(stores, generation, "u") == {"i": 1}
    assert dead_letters(stores, generation) == 1


def test_a_full_disk_delays_what_needs_a_new_row_and_loses_nothing(
    stores: Stores, generation: Generation
) -> None:
    interaction = said("u", "new")
    span = log_only(stores, generation, interaction)

    with files_of_at_most(10), pytest.raises(OSError, match="too large"):
        stores.replay.apply(generation, span, [interaction])

    assert reconcile(stores, generation) == 1
    assert opinions(stores, generation, "u") == {"new": 1}


def test_ids_with_separators_do_not_cross_over(
    stores: Stores, generation: Generation, redis: Client, keys: Keys
) -> None:
    take(
        stores,
        generation,
        *(said(user, item) for user in ODD_IDS for item in ODD_IDS if user < item),
    )

    empty(redis, keys)
    reconcile(stores, generation)

    for user in ODD_IDS:
        assert opinions(stores, generation, user) == {item: 1 for item in ODD_IDS if user < item}


def test_every_node_says_what_it_has(stores: Stores, redis: Client, generation: Generation) -> None:
    found = stores.applied.keys(generation)

    assert len({str(node.connection_pool.connection_kwargs) for node in found.values()}) == len(
        found
    )
    assert len(found) == len(nodes(redis))
    for key, node in found.items():
        node.set(key, "x", ex=60)  # no MOVED: it is where it belongs


@pytest.fixture
def fragile(own_redis: RedisServer, tmp_path: Path, namespace: str) -> Iterator[Stores]:
    with connection.long_timeout(own_redis.url) as redis:
        yield Stores(Settings(namespace=namespace, data_dir=tmp_path / "data"), redis)


def test_what_a_crash_of_redis_takes_is_replayed(
    fragile: Stores, own_redis: RedisServer, namespace: str
) -> None:
    """Of impressions, too, although they were noted as applied before."""
    stores, generation = fragile, fragile.generations.begin()
    keys = Keys(namespace, generation)
    reconcile(stores, generation)
    show(stores, generation, "u", "early")
    reconcile(stores, generation)
    show(stores, generation, "u", "late")
    snapshot = {key: stores.redis.dump(key) for key in stores.redis.scan_iter(keys.pattern)}
    show(stores, generation, "u", "lost")
    own_redis.restart()
    for key, value in snapshot.items():
        stores.redis.restore(key, 0, value, replace=True)

    before = shown(stores, generation, "u")
    reconcile(stores, generation)

    assert before == ["early", "late"]
    assert shown(stores, generation, "u") == ["early", "late", "lost"]


def test_impressions_of_the_time_when_redis_was_away_are_replayed(
    fragile: Stores, own_redis: RedisServer
) -> None:
    stores, generation = fragile, fragile.generations.begin()
    show(stores, generation, "u", "before")
    reconcile(stores, generation)
    (row,) = stores.catalogues.of(generation).rows_of([ItemId("meanwhile")])
    assert row is not None
    own_redis.pause()
    stores.impressions.note(generation, UserId("u"), [row], NOW)
    with (
        connection.short_timeout(own_redis.url, 0.1) as impatient,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(stores.applied, "_redis", impatient)
        with pytest.raises(RedisError):
            reconcile(stores, generation)
    own_redis.resume()

    reconcile(stores, generation)

    assert shown(stores, generation, "u") == ["before", "meanwhile"]
