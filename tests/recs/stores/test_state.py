import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from recs.reactions import Action, Reaction
from recs.stores import Stores
from recs.stores.keys import Keys, prefix
from recs.stores.log import Kind
from recs.stores.segments import Span
from recs.stores.state import ROWS_A_CALL
from recs.types import Epoch, ItemId, UserId
from workers.healing import keep_impressions

LIKE, DISLIKE, UNDO = Action.LIKE, Action.DISLIKE, Action.UNDO


@pytest.fixture
def keys(namespace: str, epoch: Epoch) -> Keys:
    return Keys(namespace, epoch)


def row(user: str, item: str, action: Action, timestamp: float = 1.0) -> list[str]:
    return Reaction(UserId(user), ItemId(item), action, timestamp).to_row()


def take(stores: Stores, epoch: Epoch, *rows: list[str]) -> Span:
    """Log rows and apply them, as ingest does."""
    span = stores.log.append(epoch, Kind.REACTIONS, rows)
    stores.state.apply(epoch, Kind.REACTIONS, span, rows)
    return span


def contents(stores: Stores, namespace: str, epoch: Epoch) -> dict[str, Any]:
    """Return what Redis knows of an epoch: facts, counters, showings, catalogue."""
    redis, start = stores.redis, prefix(namespace, epoch)
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


def heal(stores: Stores, epoch: Epoch) -> int:
    """Heal as if all writers had been resting."""
    folder = stores.epochs.folder(epoch)
    for segment in folder.glob("*.csv"):
        os.utime(segment, (1, 1))
    return stores.state.heal(epoch)


def archive(stores: Stores, namespace: str) -> int:
    return keep_impressions(stores, namespace)


def dead_letters(tmp_path: Path, epoch: Epoch) -> int:
    folder = tmp_path / "data" / "epochs" / str(epoch)
    return len((folder / "dead-letters.csv").read_text().splitlines())


def test_a_reaction_becomes_a_fact_a_count_and_a_viewer_who_waits(
    stores: Stores, epoch: Epoch, keys: Keys
) -> None:
    take(stores, epoch, row("u", "i", LIKE, 5))

    assert stores.redis.hgetall(keys.reacted(UserId("u"))) == {"i": "+5.000000"}
    assert counters(stores, keys) == ({"i": 1}, {})
    assert [user for user, _ in stores.viewers.take_stale(epoch, 10)] == ["u"]


def test_applying_twice_is_harmless(stores: Stores, epoch: Epoch, namespace: str) -> None:
    rows = [row("u", "i", LIKE, 1), row("u", "j", DISLIKE, 2), row("u", "i", UNDO, 3)]
    span = take(stores, epoch, *rows)
    once = contents(stores, namespace, epoch)

    stores.state.apply(epoch, Kind.REACTIONS, span, rows)

    assert contents(stores, namespace, epoch) == once


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
    epoch: Epoch,
    keys: Keys,
    actions: list[tuple[Action, float]],
    likes: dict[str, float],
    dislikes: dict[str, float],
) -> None:
    for action, timestamp in actions:
        take(stores, epoch, row("u", "i", action, timestamp))

    assert counters(stores, keys) == (likes, dislikes)


def test_totals_follow_what_is_taken_back(stores: Stores, epoch: Epoch) -> None:
    take(stores, epoch, row("u", "i", LIKE, 1), row("v", "i", LIKE, 1), row("u", "i", UNDO, 2))

    totals = stores.figures.totals(epoch)

    assert (totals["likes"], totals["undone"], totals["reactions"]) == (1, 1, 3)


def test_rows_that_leave_a_gap_bring_the_missing_ones_along(
    stores: Stores, epoch: Epoch, keys: Keys
) -> None:
    stores.log.append(epoch, Kind.REACTIONS, [row("u", "unseen", LIKE)])

    take(stores, epoch, row("u", "i", LIKE))

    assert counters(stores, keys) == ({"unseen": 1, "i": 1}, {})


def test_a_redis_that_went_back_is_healed_from_where_it_stands(
    stores: Stores, epoch: Epoch, namespace: str, keys: Keys
) -> None:
    take(stores, epoch, row("u", "i", LIKE, 1))
    snapshot = {key: stores.redis.dump(key) for key in stores.redis.scan_iter(f"{keys.prefix}*")}
    take(stores, epoch, row("u", "i", DISLIKE, 2), row("v", "j", LIKE, 3))
    whole = contents(stores, namespace, epoch)

    empty(stores, namespace)
    stores.epochs.restore()
    for key, value in snapshot.items():
        stores.redis.restore(key, 0, value)
    replayed = heal(stores, epoch)

    assert replayed == 2
    assert contents(stores, namespace, epoch) == whole


def test_an_emptied_redis_is_healed_to_what_it_was(
    stores: Stores, epoch: Epoch, namespace: str
) -> None:
    stores.catalogue.add(epoch, [(ItemId(f"i{n}"), ("Drama", "Война")) for n in range(1_200)])
    stores.catalogue.add(epoch, [(ItemId("i0"), ("War",)), (ItemId("odd,\"'%"), ())])
    for n in range(3):
        take(stores, epoch, *(row(f"u{m}", f"i{m * n}", LIKE, m + n) for m in range(200)))
    take(stores, epoch, row("u1", "i1", UNDO, 900), row("u2", "i2", DISLIKE, 901))
    for n in range(4):
        assert stores.lists.serve(UserId(f"u{n}"), 10, newest=epoch)
        assert stores.lists.serve(UserId("u1"), 10, newest=epoch)
    archive(stores, namespace)
    whole = contents(stores, namespace, epoch)

    empty(stores, namespace)
    stores.epochs.restore()
    heal(stores, epoch)

    assert contents(stores, namespace, epoch) == whole


def test_showings_that_are_archived_while_redis_is_empty_bring_the_older_ones_along(
    stores: Stores, epoch: Epoch, namespace: str
) -> None:
    stores.catalogue.add(epoch, [(ItemId(f"i{n}"), ()) for n in range(50)])
    stores.lists.serve(UserId("early"), 10, newest=epoch)
    archive(stores, namespace)
    empty(stores, namespace)
    stores.epochs.restore()
    stores.catalogue.add(epoch, [(ItemId("new"), ())])
    stores.lists.serve(UserId("late"), 10, newest=epoch)

    archive(stores, namespace)

    assert stores.figures.totals(epoch)["impressions"] == 20


def test_what_is_archived_twice_counts_once(stores: Stores, epoch: Epoch, namespace: str) -> None:
    stores.catalogue.add(epoch, [(ItemId(f"i{n}"), ()) for n in range(50)])
    stores.lists.serve(UserId("u"), 10, newest=epoch)
    archive(stores, namespace)
    stores.redis.delete(Keys(namespace, epoch).archived)

    archive(stores, namespace)

    assert stores.figures.totals(epoch)["impressions"] == 10


def test_a_segment_at_work_is_left_to_its_writer(stores: Stores, epoch: Epoch) -> None:
    stores.log.append(epoch, Kind.REACTIONS, [row("u", "i", LIKE)])

    assert stores.state.heal(epoch) == 0


def test_an_epoch_that_is_over_takes_nothing(stores: Stores, epoch: Epoch, namespace: str) -> None:
    stores.epochs.begin()

    span = take(stores, epoch, row("u", "i", LIKE))

    assert contents(stores, namespace, epoch) == {}
    assert stores.log.sizes(epoch) == {span.segment: span.after}


def test_more_rows_than_a_call_takes_are_applied_whole(
    stores: Stores, epoch: Epoch, keys: Keys
) -> None:
    rows = [row(f"u{n}", "i", LIKE) for n in range(2 * ROWS_A_CALL + 1)]

    span = take(stores, epoch, *rows)

    assert counters(stores, keys) == ({"i": len(rows)}, {})
    assert stores.redis.hgetall(keys.applied) == {span.segment: str(span.after)}


def test_lines_that_are_no_reactions_are_set_aside_and_counted(
    stores: Stores, epoch: Epoch, keys: Keys, tmp_path: Path
) -> None:
    span = stores.log.append(epoch, Kind.REACTIONS, [row("u", "i", LIKE)])
    segment = tmp_path / "data" / "epochs" / str(epoch) / span.segment
    with segment.open("ab") as file:
        file.write(b"\xff\xfe\n\nu,i,love,1\nu,i,like\n")
        file.write(",".join(row("u", "j", DISLIKE)).encode() + b"\n")

    heal(stores, epoch)

    assert counters(stores, keys) == ({"i": 1}, {"j": 1})
    assert stores.figures.totals(epoch)["dead_letters"] == 4
    assert dead_letters(tmp_path, epoch) == 4


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
    stores: Stores, epoch: Epoch, keys: Keys, tmp_path: Path, kind: Kind, line: bytes
) -> None:
    good = ["i", "Drama"] if kind == Kind.CATALOGUE else ["u", '["i"]', "1"]
    span = stores.log.append(epoch, kind, [good])
    with (tmp_path / "data" / "epochs" / str(epoch) / span.segment).open("ab") as file:
        file.write(line)
    stores.log.append(epoch, Kind.REACTIONS, [row("u", "i", LIKE)])

    heal(stores, epoch)

    assert counters(stores, keys) == ({"i": 1}, {})
    assert dead_letters(tmp_path, epoch) == 1


def test_a_segment_that_cannot_be_read_does_not_hold_up_the_others(
    stores: Stores, epoch: Epoch, keys: Keys, tmp_path: Path
) -> None:
    stores.log.append(epoch, Kind.REACTIONS, [row("u", "i", LIKE)])
    (tmp_path / "data" / "epochs" / str(epoch) / "reactions-0-0.csv").mkdir()

    heal(stores, epoch)
    heal(stores, epoch)

    assert counters(stores, keys) == ({"i": 1}, {})
    assert dead_letters(tmp_path, epoch) == 1


def test_ids_with_separators_do_not_cross_over(
    stores: Stores, epoch: Epoch, namespace: str, keys: Keys
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
    take(stores, epoch, *(row(user, item, LIKE) for user in odd for item in odd if user < item))

    empty(stores, namespace)
    stores.epochs.restore()
    heal(stores, epoch)

    for user in odd:
        facts = stores.viewers.reactions(epoch, UserId(user))
        assert facts == {item: 1 for item in odd if user < item}


def test_showings_are_logged_as_json(stores: Stores, epoch: Epoch, namespace: str) -> None:
    stores.catalogue.add(epoch, [(ItemId('a,"b'), ())])
    stores.lists.serve(UserId("u"), 10, newest=epoch)
    archive(stores, namespace)

    (segment,) = [name for name in stores.log.sizes(epoch) if name.startswith("impressions")]
    ((_, lines),) = stores.log.read(epoch, segment)

    user, items, _ = next(csv.reader(lines))
    assert (user, json.loads(items)) == ("u", ['a,"b'])
