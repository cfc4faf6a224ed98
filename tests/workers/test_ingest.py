import subprocess
import sys
from collections.abc import Callable
from time import time
from typing import Any

import pytest
from redis.exceptions import RedisError

from recs.interactions import Action, Interaction
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.stores.log import Kind
from recs.stores.nodes import nodes
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.catalogues import add_to
from tests.recs.stores.faults import files_of_at_most
from tests.servers.service import ROOT
from workers.ingest import take
from workers.metrics import REGISTRY

Opinions = Callable[[Generation, str], dict[str, int]]

pytestmark = pytest.mark.usefixtures("sent")


def row(user: str, item: str, action: Action = Action.LIKE, at: float = 1) -> list[str]:
    return Interaction(UserId(user), ItemId(item), action, at).to_row()


def logged(stores: Stores, generation: Generation) -> list[str]:
    rows = stores.log.tail(generation, Kind.INTERACTIONS, {})
    return [item for _, portion in rows for _, item, *_ in portion]


def dead_letters(stores: Stores, generation: Generation) -> int:
    return stores.log.count_dead_letters(generation)


def test_interactions_are_logged_and_known_to_redis(
    stores: Stores, generation: Generation, opinions: Opinions
) -> None:
    take(
        [
            (generation, [row("u", "a"), row("u", "b")]),
            (generation, [row("v", "a", Action.DISLIKE)]),
        ],
        stores,
    )

    assert logged(stores, generation) == ["a", "b", "a"]
    assert (opinions(generation, "u"), opinions(generation, "v")) == ({"a": 1, "b": 1}, {"a": -1})


def test_users_wait_from_now_on_and_one_ranking_is_asked_for(
    stores: Stores, generation: Generation, sent: list[str]
) -> None:
    take([(generation, [row("u", "a"), row("v", "b"), row("u", "c")])], stores)
    take([(generation, [row("w", "a")])], stores)

    waiting = stores.waiting.take(generation, 10, time() + 1)
    assert sorted(user for user, _ in waiting) == ["u", "v", "w"]
    assert all(abs(since - time()) < 5 for _, since in waiting)
    assert sent == ["rank"]


def test_how_long_interactions_waited_is_measured_and_never_below_0(
    stores: Stores, generation: Generation
) -> None:
    def waited() -> float:
        return REGISTRY.get_sample_value("kinolenta_ingest_delay_seconds_sum") or 0.0

    before = waited()
    take([(generation, [row("u", "a")])], stores, since=time() - 5)
    take([(generation, [row("u", "b")])], stores, since=time() + 60)  # of a clock that is ahead

    assert waited() - before >= 5


def test_a_batch_is_one_write_to_the_log(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = []
    append = stores.log.append
    monkeypatch.setattr(stores.log, "append", lambda *args: (spans.append(1), append(*args))[1])

    take([(generation, [row("u", f"i{n}")]) for n in range(50)], stores)

    assert len(spans) == 1


def test_a_message_that_comes_again_counts_once(
    stores: Stores, generation: Generation, opinions: Opinions
) -> None:
    message = (generation, [row("u", "a", Action.LIKE, 1), row("u", "a", Action.DISLIKE, 2)])
    take([message], stores)
    take([message], stores)

    assert opinions(generation, "u") == {"a": -1}


def test_a_late_message_of_an_old_generation_goes_to_the_old_log_alone(
    stores: Stores, generation: Generation, opinions: Opinions, namespace: str
) -> None:
    new = stores.generations.begin()

    take([(generation, [row("u", "old")]), (new, [row("u", "new")])], stores)

    assert (logged(stores, generation), logged(stores, new)) == (["old"], ["new"])
    assert opinions(new, "u") == {"new": 1}
    pattern = Keys(namespace, generation).pattern
    assert [key for node in nodes(stores.redis) for key in node.scan_iter(pattern)] == []


def test_a_batch_does_not_ask_for_the_generation_that_another_has_just_asked_for(
    stores: Stores, generation: Generation, opinions: Opinions, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, look = [], stores.generations.look
    monkeypatch.setattr(stores.lease, "_clock", lambda: 0.0)  # the lease does not end
    monkeypatch.setattr(stores.generations, "look", lambda: (asked.append(1), look())[1])
    for item in ("a", "b", "c"):
        take([(generation, [row("u", item)])], stores)

    assert opinions(generation, "u") == {"a": 1, "b": 1, "c": 1}
    assert len(asked) == 1


def test_the_first_batch_after_a_cleanup_is_known_to_redis_at_once(
    stores: Stores, generation: Generation, opinions: Opinions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores.lease, "_clock", lambda: 0.0)
    take([(generation, [row("u", "old")])], stores)
    new = stores.generations.begin()

    take([(new, [row("u", "new")])], stores)
    take([(generation, [row("u", "late")])], stores)

    assert (opinions(generation, "u"), opinions(new, "u")) == ({"old": 1}, {"new": 1})


def test_what_was_stamped_before_any_generation_goes_to_the_current_one(
    stores: Stores, generation: Generation, opinions: Opinions
) -> None:
    take([(0, [row("u", "a")])], stores)

    assert (logged(stores, generation), opinions(generation, "u")) == (["a"], {"a": 1})


@pytest.mark.parametrize(
    "message",
    [
        (),
        ("now", []),
        (1, {}),
        (1, [], 2),
        (None, []),
        (True, []),
        (-1, []),
        (99_999_999_999_999, [["u", "i", "like", 1]]),
    ],
    ids=repr,
)
def test_a_message_that_is_none_is_set_aside(
    stores: Stores, generation: Generation, message: tuple[Any, ...]
) -> None:
    take([message, (generation, [row("u", "a")])], stores)

    assert logged(stores, generation) == ["a"]
    assert dead_letters(stores, generation) == 1
    assert stores.generations.current() == generation


@pytest.mark.parametrize(
    "bad", [None, "u,i,like,1", [], ["u", "i", "love", 1], ["", "i", "like", 1]], ids=repr
)
def test_a_row_that_is_no_interaction_is_set_aside_alone(
    stores: Stores, generation: Generation, bad: Any
) -> None:
    take([(generation, [row("u", "a"), bad, row("u", "b")])], stores)

    assert logged(stores, generation) == ["a", "b"]
    assert dead_letters(stores, generation) == 1


def test_while_a_generation_cannot_be_asked_for_nothing_is_set_aside_again_and_again(
    stores: Stores, generation: Generation
) -> None:
    newer = generation + 1
    with connection.short_timeout("redis://127.0.0.1:1", 0.1) as gone:
        theirs = Stores(stores.settings, gone)
        for _ in range(3):
            with pytest.raises(RedisError):
                take([(generation, ["bad"]), (newer, [row("u", "a")])], theirs)

    assert dead_letters(stores, generation) == 0


def test_a_disk_that_refuses_raises_and_redis_learns_nothing(
    stores: Stores, generation: Generation
) -> None:
    folder = stores.generations.folder(generation)
    folder.rmdir()
    folder.touch()

    with pytest.raises(OSError, match=str(generation)):
        take([(generation, [row("u", "a")])], stores)

    assert stores.users.interactions(generation, UserId("u")) == {}


def test_interactions_are_safe_when_the_disk_is_full_before_the_catalogue_has_their_items(
    stores: Stores, generation: Generation
) -> None:
    add_to(stores.catalogues.of(generation), [(ItemId(f"i{n}"), None) for n in range(20)])
    catalogue = stores.generations.folder(generation) / "catalogue.jsonl"

    with files_of_at_most(catalogue.stat().st_size):
        take([(generation, [row("u", "new")])], stores)

    assert logged(stores, generation) == ["new"]


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1", "redis+cluster://127.0.0.1:1"])
def test_a_redis_that_is_gone_does_not_keep_interactions_from_the_log(
    stores: Stores, generation: Generation, opinions: Opinions, url: str
) -> None:
    with connection.short_timeout(url, 0.1) as gone:
        take([(generation, [row("u", "a")])], Stores(stores.settings, gone))

    assert (logged(stores, generation), opinions(generation, "u")) == (["a"], {})


def test_what_is_in_the_log_does_not_come_again_whatever_follows(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a mistake of ours")

    monkeypatch.setattr(stores.replay, "apply", fail)
    take([(generation, [row("u", "a")])], stores)

    assert logged(stores, generation) == ["a"]


def test_what_redis_missed_comes_with_the_next_batch(
    stores: Stores, generation: Generation, namespace: str, opinions: Opinions
) -> None:
    take([(generation, [row("u", "a")])], stores)
    for node in nodes(stores.redis):
        for key in list(node.scan_iter(Keys(namespace, generation).pattern)):
            node.delete(key)

    take([(generation, [row("u", "b")])], stores)

    assert opinions(generation, "u") == {"a": 1, "b": 1}


@pytest.mark.slow
def test_ingest_loads_neither_the_ranker_nor_numpy() -> None:
    program = (
        "import sys, workers.ingest\n"
        "workers.stores().generations, workers.stores().replay\n"
        "print(*(set(sys.modules) & {'numpy', 'pandas', 'scipy', 'lightfm', 'qdrant_client'}))\n"
        "heavy = ('workers.rank', 'recs.ranking.ranker', 'recs.training.')\n"
        "print(*(name for name in sys.modules if name.startswith(heavy)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() in ([], ["recs.training.settings"])
