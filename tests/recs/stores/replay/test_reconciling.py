"""What Redis lost or never had is replayed from the log."""

import os
from time import monotonic, time

import pytest

from recs.stores import Stores
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.nodes import nodes
from recs.types import Generation, ItemId
from tests.recs.stores.catalogues import add_to
from tests.recs.stores.faults import files_of_at_most
from tests.recs.stores.replay.doing import (
    DISLIKE,
    LIKE,
    NOW,
    UNDO,
    all_keys,
    contents,
    empty,
    log_only,
    opinions,
    reconcile,
    restart,
    said,
    show,
    shown,
    take,
)

ODD_IDS = [
    *("a:b", "a", "*", "a,b", 'a"b', "a|b", "a b", "%61", "a/b", "é", "🎬", "[a]", "{a}", "\\a"),
    *("}", "applied:1", "}:waiting"),
]


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
    add_to(stores.catalogues.of(generation), [(ItemId(f"i{n}"), ("Drama",)) for n in range(300)])
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


def test_a_full_disk_delays_what_needs_a_new_row_and_loses_nothing(
    stores: Stores, generation: Generation
) -> None:
    interaction = said("u", "new")
    span = log_only(stores, generation, interaction)

    with files_of_at_most(10), pytest.raises(OSError, match="too large"):
        stores.replay.apply(generation, span, [interaction])

    assert reconcile(stores, generation) == 1
    assert opinions(stores, generation, "u") == {"new": 1}


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
