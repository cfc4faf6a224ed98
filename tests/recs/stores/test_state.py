import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.keys import Keys, prefix
from recs.stores.log import Kind
from recs.stores.segments import Span
from recs.stores.state import ROWS_A_CALL
from recs.types import Generation, ItemId, UserId
from workers.healing import keep_impressions

LIKE, DISLIKE, UNDO = Action.LIKE, Action.DISLIKE, Action.UNDO


@pytest.fixture
def keys(namespace: str, generation: Generation) -> Keys:
    return Keys(namespace, generation)


def row(user: str, item: str, action: Action, timestamp: float = 1.0) -> list[str]:
    return Interaction(UserId(user), ItemId(item), action, timestamp).to_row()


def take(stores: Stores, generation: Generation, *rows: list[str]) -> Span:
    """Log rows and apply them, as ingest does."""
    span = stores.log.append(generation, Kind.INTERACTIONS, rows)
    stores.state.apply(generation, Kind.INTERACTIONS, span, rows)
    return span


def contents(stores: Stores, namespace: str, generation: Generation) -> dict[str, Any]:
    """Return what Redis knows of a generation: facts, counters, showings, catalogue."""
    redis, start = stores.redis, prefix(namespace, generation)
    known: dict[str, Any] = {}
    for key in redis.scan_iter(f"{start}*"):
        name, kind = key.removeprefix(start), redis.type(key)
        if name.startswith("reacted:") or name in ("genres", "applied", "totals"):
            known[name] = redis.hgetall(key)
            known[name].pop("events", None)  # a replay may make fewer, larger ones
        elif name.startswith("shown:") or name in ("likes", "dislikes", "impressions"):
            known[name] = redis.zrange(key, 0, -1, withscores=True)
        elif name == "items":
            known[name] = redis.lrange(key, 0, -1)
        else:
            assert name in ("events", "stale", "viewers", "ranked", "archived"), (name, kind)
    return known


def empty(stores: Stores, namespace: str) -> None:
    """Lose everything of a namespace."""
    for key in stores.redis.scan_iter(f"{namespace}:*"):
        stores.redis.delete(key)


def counters(stores: Stores, keys: Keys) -> tuple[dict[str, float], dict[str, float]]:
    redis = stores.redis
    return (
        dict(redis.zrange(keys.likes, 0, -1, withscores=True)),
        dict(redis.zrange(keys.dislikes, 0, -1, withscores=True)),
    )


def heal(stores: Stores, generation: Generation) -> int:
    """Heal as if all writers had been resting."""
    folder = stores.generations.folder(generation)
    for segment in folder.glob("*.csv"):
        os.utime(segment, (1, 1))
    return stores.state.heal(generation)


def archive(stores: Stores, namespace: str) -> int:
    return keep_impressions(stores, namespace)


def dead_letters(tmp_path: Path, generation: Generation) -> int:
    folder = tmp_path / "data" / "generations" / str(generation)
    return len((folder / "dead-letters.csv").read_text().splitlines())


def test_a_interaction_becomes_a_fact_a_count_and_a_viewer_who_waits(
    stores: Stores, generation: Generation, keys: Keys
) -> None:
    take(stores, generation, row("u", "i", LIKE, 5))

    assert stores.redis.hgetall(keys.reacted(UserId("u"))) == {"i": "+5.000000"}
    assert counters(stores, keys) == ({"i": 1}, {})
    assert [user for user, _ in stores.viewers.take_stale(generation, 10)] == ["u"]


def test_applying_twice_is_harmless(stores: Stores, generation: Generation, namespace: str) -> None:
    rows = [row("u", "i", LIKE, 1), row("u", "j", DISLIKE, 2), row("u", "i", UNDO, 3)]
    span = take(stores, generation, *rows)
    once = contents(stores, namespace, generation)

    stores.state.apply(generation, Kind.INTERACTIONS, span, rows)

    assert contents(stores, namespace, generation) == once


@pytest.mark.parametrize(
    ("actions", "likes", "dislikes"),
    [
        ([(LIKE, 1), (DISLIKE, 2)], {}, {"i": 1}),
        ([(DISLIKE, 2), (LIKE, 1)], {}, {"i": 1}),
        ([(LIKE, 1), (DISLIKE, 1)], {}, {"i": 1}),
        ([(LIKE, 1), (LIKE, 2)], {"i": 1}, {}),
        ([(LIKE, 1), (UNDO, 2)], {}, {}),
        ([(UNDO, 2), (LIKE, 1)], {}, {}),
        ([(LIKE, 1), (UNDO, 2), (DISLIKE, 3)], {}, {"i": 1}),
        ([(UNDO, 1)], {}, {}),
    ],
)
def test_the_latest_action_by_timestamp_counts(
    stores: Stores,
    generation: Generation,
    keys: Keys,
    actions: list[tuple[Action, float]],
    likes: dict[str, float],
    dislikes: dict[str, float],
) -> None:
    for action, timestamp in actions:
        take(stores, generation, row("u", "i", action, timestamp))

    assert counters(stores, keys) == (likes, dislikes)


def test_totals_follow_what_is_taken_back(stores: Stores, generation: Generation) -> None:
    take(stores, generation, row("u", "i", LIKE, 1), row("v", "i", LIKE, 1), row("u", "i", UNDO, 2))

    totals = stores.figures.totals(generation)

    assert (totals["likes"], totals["undone"], totals["interactions"]) == (1, 1, 3)


def test_rows_that_leave_a_gap_bring_the_missing_ones_along(
    stores: Stores, generation: Generation, keys: Keys
) -> None:
    stores.log.append(generation, Kind.INTERACTIONS, [row("u", "unseen", LIKE)])

    take(stores, generation, row("u", "i", LIKE))

    assert counters(stores, keys) == ({"unseen": 1, "i": 1}, {})


def test_a_redis_that_went_back_is_healed_from_where_it_stands(
    stores: Stores, generation: Generation, namespace: str, keys: Keys
) -> None:
    take(stores, generation, row("u", "i", LIKE, 1))
    snapshot = {key: stores.redis.dump(key) for key in stores.redis.scan_iter(f"{keys.prefix}*")}
    take(stores, generation, row("u", "i", DISLIKE, 2), row("v", "j", LIKE, 3))
    whole = contents(stores, namespace, generation)

    empty(stores, namespace)
    stores.generations.restore()
    for key, value in snapshot.items():
        stores.redis.restore(key, 0, value)
    replayed = heal(stores, generation)

    assert replayed == 2
    assert contents(stores, namespace, generation) == whole


def test_an_emptied_redis_is_healed_to_what_it_was(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    stores.catalogue.add(generation, [(ItemId(f"i{n}"), ("Drama", "Война")) for n in range(1_200)])
    stores.catalogue.add(generation, [(ItemId("i0"), ("War",)), (ItemId("odd,\"'%"), ())])
    for n in range(3):
        take(stores, generation, *(row(f"u{m}", f"i{m * n}", LIKE, m + n) for m in range(200)))
    take(stores, generation, row("u1", "i1", UNDO, 900), row("u2", "i2", DISLIKE, 901))
    for n in range(4):
        assert stores.lists.serve(UserId(f"u{n}"), 10, newest=generation)
        assert stores.lists.serve(UserId("u1"), 10, newest=generation)
    archive(stores, namespace)
    whole = contents(stores, namespace, generation)

    empty(stores, namespace)
    stores.generations.restore()
    heal(stores, generation)

    assert contents(stores, namespace, generation) == whole


def test_showings_that_are_archived_while_redis_is_empty_bring_the_older_ones_along(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    stores.catalogue.add(generation, [(ItemId(f"i{n}"), ()) for n in range(50)])
    stores.lists.serve(UserId("early"), 10, newest=generation)
    archive(stores, namespace)
    empty(stores, namespace)
    stores.generations.restore()
    stores.catalogue.add(generation, [(ItemId("new"), ())])
    stores.lists.serve(UserId("late"), 10, newest=generation)

    archive(stores, namespace)

    assert stores.figures.totals(generation)["impressions"] == 20


def test_what_is_archived_twice_counts_once(stores: Stores, generation: Generation, namespace: str) -> None:
    stores.catalogue.add(generation, [(ItemId(f"i{n}"), ()) for n in range(50)])
    stores.lists.serve(UserId("u"), 10, newest=generation)
    archive(stores, namespace)
    stores.redis.delete(Keys(namespace, generation).archived)

    archive(stores, namespace)

    assert stores.figures.totals(generation)["impressions"] == 10


def test_a_segment_at_work_is_left_to_its_writer(stores: Stores, generation: Generation) -> None:
    stores.log.append(generation, Kind.INTERACTIONS, [row("u", "i", LIKE)])

    assert stores.state.heal(generation) == 0


def test_an_generation_that_is_over_takes_nothing(stores: Stores, generation: Generation, namespace: str) -> None:
    stores.generations.begin()

    span = take(stores, generation, row("u", "i", LIKE))

    assert contents(stores, namespace, generation) == {}
    assert stores.log.sizes(generation) == {span.segment: span.after}


def test_more_rows_than_a_call_takes_are_applied_whole(
    stores: Stores, generation: Generation, keys: Keys
) -> None:
    rows = [row(f"u{n}", "i", LIKE) for n in range(2 * ROWS_A_CALL + 1)]

    span = take(stores, generation, *rows)

    assert counters(stores, keys) == ({"i": len(rows)}, {})
    assert stores.redis.hgetall(keys.applied) == {span.segment: str(span.after)}


def test_lines_that_are_no_interactions_are_set_aside_and_counted(
    stores: Stores, generation: Generation, keys: Keys, tmp_path: Path
) -> None:
    span = stores.log.append(generation, Kind.INTERACTIONS, [row("u", "i", LIKE)])
    segment = tmp_path / "data" / "generations" / str(generation) / span.segment
    with segment.open("ab") as file:
        file.write(b"\xff\xfe\n\nu,i,love,1\nu,i,like\n")
        file.write(",".join(row("u", "j", DISLIKE)).encode() + b"\n")

    heal(stores, generation)

    assert counters(stores, keys) == ({"i": 1}, {"j": 1})
    assert stores.figures.totals(generation)["dead_letters"] == 4
    assert dead_letters(tmp_path, generation) == 4


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (Kind.CATALOGUE, b"b,Dra\xffma\n"),
        (Kind.IMPRESSIONS, b'u\xff,"[""i""]",1\n'),
        (Kind.IMPRESSIONS, b'u,"[""i\\ud800""]",1\n'),
        (Kind.IMPRESSIONS, b"u,5,1\n"),
        (Kind.IMPRESSIONS, b"u,null,1\n"),
        (Kind.IMPRESSIONS, b"u,[[]],1\n"),
    ],
)
def test_a_damaged_line_of_any_kind_is_set_aside_and_holds_up_nothing(
    stores: Stores, generation: Generation, keys: Keys, tmp_path: Path, kind: Kind, line: bytes
) -> None:
    good = ["i", "Drama"] if kind == Kind.CATALOGUE else ["u", '["i"]', "1"]
    span = stores.log.append(generation, kind, [good])
    with (tmp_path / "data" / "generations" / str(generation) / span.segment).open("ab") as file:
        file.write(line)
    stores.log.append(generation, Kind.INTERACTIONS, [row("u", "i", LIKE)])

    heal(stores, generation)

    assert counters(stores, keys) == ({"i": 1}, {})
    assert dead_letters(tmp_path, generation) == 1


def test_a_segment_that_cannot_be_read_does_not_hold_up_the_others(
    stores: Stores, generation: Generation, keys: Keys, tmp_path: Path
) -> None:
    stores.log.append(generation, Kind.INTERACTIONS, [row("u", "i", LIKE)])
    (tmp_path / "data" / "generations" / str(generation) / "interactions-0-0.csv").mkdir()

    heal(stores, generation)
    heal(stores, generation)

    assert counters(stores, keys) == ({"i": 1}, {})
    assert dead_letters(tmp_path, generation) == 1


def test_ids_with_separators_do_not_cross_over(
    stores: Stores, generation: Generation, namespace: str, keys: Keys
) -> None:
    odd = [
        "a:b",
        "a",
        "*",
        "a,b",
        'a"b',
        "a|b",
        "a b",
        "%61",
        "a/b",
        "é",
        "🎬",
        "[a]",
        "{a}",
        "\\a",
    ]
    take(stores, generation, *(row(user, item, LIKE) for user in odd for item in odd if user < item))

    empty(stores, namespace)
    stores.generations.restore()
    heal(stores, generation)

    for user in odd:
        facts = stores.viewers.interactions(generation, UserId(user))
        assert facts == {item: 1 for item in odd if user < item}


def test_showings_are_logged_as_json(stores: Stores, generation: Generation, namespace: str) -> None:
    stores.catalogue.add(generation, [(ItemId('a,"b'), ())])
    stores.lists.serve(UserId("u"), 10, newest=generation)
    archive(stores, namespace)

    (segment,) = [name for name in stores.log.sizes(generation) if name.startswith("impressions")]
    ((_, lines),) = stores.log.read(generation, segment)

    user, items, _ = next(csv.reader(lines))
    assert (user, json.loads(items)) == ("u", ['a,"b'])
