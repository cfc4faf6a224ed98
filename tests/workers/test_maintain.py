import logging
import os
from collections.abc import Callable
from itertools import pairwise
from time import time

import numpy as np
import pytest
from kombu import Connection

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores
from recs.stores import nodes as nodes_module
from recs.stores.keys import Keys, current_generation
from recs.stores.log import Kind
from recs.stores.nodes import nodes
from recs.types import Generation, ItemId, UserId
from tests.servers.rabbitmq import RabbitMQServer
from tests.waiting import until
from workers import celery, maintain
from workers.ingest import take
from workers.maintain import Purge, Watch, catch_up, measure, queue_length
from workers.queues import queue

Opinions = Callable[[Generation, str], dict[str, int]]


@pytest.fixture(autouse=True)
def _no_messages(sent: list[str]) -> None:
    """Nobody is there to rank."""


def like(stores: Stores, generation: Generation, *items: str, user: str = "u") -> None:
    rows = [Interaction(UserId(user), ItemId(item), Action.LIKE, 1).to_row() for item in items]
    take([(generation, rows)], stores)


def rest(stores: Stores, generation: Generation) -> None:
    """Have all segments look as if nobody had written to them for long."""
    for segment in stores.generations.folder(generation).glob("*.csv"):
        os.utime(segment, (1, 1))


def found(stores: Stores, pattern: str) -> list[bytes]:
    return sorted(key for node in nodes(stores.redis) for key in node.scan_iter(pattern))


def lose(stores: Stores, pattern: str) -> None:
    for key in found(stores, pattern):
        stores.redis.delete(key)


def keys_of(stores: Stores, generation: Generation) -> list[bytes]:
    return found(stores, Keys(stores.settings.namespace, generation).pattern)


def lives(stores: Stores, generation: Generation, users: int = 3) -> None:
    """Have a generation leave something of every kind."""
    stores.catalogues.of(generation).add([(ItemId(f"i{n}"), ()) for n in range(5)])
    for n in range(users):
        like(stores, generation, f"i{n % 5}", user=f"u{n}")
    stores.impressions.note(generation, UserId("v"), [1, 2], time())
    stores.time_series.note_delays(generation, [1.0])
    stores.statistics.publish(generation, "statistics", 1, {"a": np.arange(3)}, {})


def test_an_emptied_redis_gets_generation_and_contents_back(
    stores: Stores, generation: Generation, namespace: str, opinions: Opinions, sent: list[str]
) -> None:
    like(stores, generation, "a", "b")
    lose(stores, f"*{namespace}:*")
    rest(stores, generation)
    sent.clear()

    assert catch_up(stores, 5) == 2
    assert stores.redis.get(current_generation(namespace)) == str(generation).encode()
    assert opinions(generation, "u") == {"a": 1, "b": 1}
    assert sent == ["rank"]


def test_a_loss_is_a_warning_and_a_first_look_is_none(
    stores: Stores, generation: Generation, namespace: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, maintain.__name__)
    stores.impressions.note(generation, UserId("v"), [1, 2], time())
    catch_up(stores, 5)
    like(stores, generation, "a")
    lose(stores, f"*{namespace}:*")
    rest(stores, generation)
    catch_up(stores, 5)

    said = [each.levelno for each in caplog.records if "replayed" in each.message]
    assert said == [logging.INFO, logging.WARNING]


def test_a_healthy_redis_needs_nothing(
    stores: Stores, generation: Generation, sent: list[str]
) -> None:
    like(stores, generation, "a")
    rest(stores, generation)
    sent.clear()

    assert catch_up(stores, 5) == 0
    assert sent == []


def test_what_takes_long_is_done_in_portions(stores: Stores, generation: Generation) -> None:
    rows = [
        Interaction(UserId("u"), ItemId("i" * 500), Action.LIKE, n).to_row() for n in range(1_500)
    ]
    stores.log.append(generation, Kind.INTERACTIONS, rows)
    rest(stores, generation)

    counts = [catch_up(stores, 0.0) for _ in range(5)]

    assert sum(counts) == 1_500
    assert max(counts) < 1_000


def test_purging_deletes_what_is_over_and_nothing_else(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    others = [
        f"{{{namespace}-2:{generation}}}:waiting",
        f"{{{namespace}:{generation}9}}:waiting",
        f"{{x{namespace}:{generation}}}:waiting",
        f"{namespace}:{generation}",
    ]
    for key in others:
        stores.redis.set(key, "theirs", ex=600)
    lives(stores, generation)
    log = stores.log.sizes(generation)
    new = stores.generations.begin()
    lives(stores, new)
    kept, statistics = keys_of(stores, new), stores.statistics.newest(new, "statistics")

    Purge(stores).run(5)

    assert keys_of(stores, generation) == []
    assert keys_of(stores, new) == kept
    assert {stores.redis.get(key) for key in others} == {b"theirs"}
    assert stores.generations.current() == new
    assert stores.log.sizes(generation) == log
    assert (stores.generations.folder(generation) / "catalogue.jsonl").stat().st_size > 0
    assert stores.statistics.newest(generation, "statistics") is None
    assert statistics is not None


def test_what_is_newest_on_disk_is_kept_though_redis_knows_a_later_generation(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    lives(stores, generation)
    stores.redis.set(current_generation(namespace), generation + 5)

    Purge(stores).run(5)

    assert stores.statistics.newest(generation, "statistics")


def test_models_of_older_generations_go(stores: Stores, generation: Generation) -> None:
    dropped: list[Generation] = []
    stores.models.drop = dropped.append  # type: ignore[method-assign, assignment]
    Purge(stores).run(5)
    before = list(dropped)
    stores.generations.begin()

    Purge(stores).run(5)

    assert (before, dropped) == ([], [generation])


def test_purging_takes_a_portion_at_a_time_and_goes_on_where_it_was(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch, namespace: str
) -> None:
    monkeypatch.setattr(nodes_module, "KEYS_A_CALL", 10)
    for n in range(300):
        stores.redis.set(Keys(namespace, generation).shown(UserId(f"u{n}")), "", ex=600)
    stores.generations.begin()
    searches: list[str] = []
    delete = maintain.delete_matching
    monkeypatch.setattr(
        maintain, "delete_matching", lambda *args: (searches.append(args[1]), delete(*args))[1]
    )
    purge, counts = Purge(stores), []
    while keys_of(stores, generation):
        counts.append(purge.run(0.0))

    assert len(searches) == 1
    assert sum(counts) == 300
    assert max(counts) < 60


def test_a_purge_that_is_cut_off_begins_again(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    lives(stores, generation)
    stores.generations.begin()
    purge = Purge(stores)
    with monkeypatch.context() as patch:
        patch.setattr(stores.statistics, "drop", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            purge.run(5)
    lives(stores, generation)

    purge.run(5)

    assert stores.statistics.newest(generation, "statistics") is None


def test_what_is_written_late_is_deleted_and_then_the_generation_is_left_alone(
    stores: Stores, generation: Generation, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Keys(namespace, generation).waiting
    stores.generations.begin()
    purge = Purge(stores)
    purge.run(5)
    stores.redis.set(late, "", ex=600)
    deleted_late = purge.run(5)
    monkeypatch.setattr(maintain, "LATE_SECONDS", -60.0)
    purge.run(5)
    stores.redis.set(late, "", ex=600)

    assert (deleted_late, purge.run(5)) == (1, 0)


def test_a_sample_of_a_new_generation_is_full_of_noughts(
    stores: Stores, generation: Generation
) -> None:
    sample = measure(stores, generation)

    assert abs(sample.pop("time") - time()) < 5
    assert sample == {
        "coverage": 0.0,
        "dead_letters": 0,
        "waiting": 0,
        "delay_p50_ms": None,
        "delay_p95_ms": None,
    }


def test_a_sample_tells_totals_delays_coverage_and_who_waits(
    stores: Stores, generation: Generation
) -> None:
    meta = {"figures": {"totals": {"likes": 7}, "coverage": 0.25}}
    stores.statistics.publish(generation, "statistics", 1, {}, meta)
    stores.time_series.note_delays(generation, [float(n) for n in range(100)])
    stores.waiting.add(generation, [UserId("u"), UserId("v")], 1.0)
    stores.log.set_aside(generation, "queue", "nonsense", "x")

    sample = measure(stores, generation)

    assert (sample["likes"], sample["coverage"], sample["waiting"]) == (7, 0.25, 2)
    assert (sample["delay_p50_ms"], sample["delay_p95_ms"]) == (50.0, 95.0)
    assert sample["dead_letters"] == 1


def test_messages_that_wait_are_counted(broker_server: RabbitMQServer, namespace: str) -> None:
    settings = Settings(namespace=namespace, broker_url=broker_server.url)
    before_it_exists = queue_length(celery, settings)
    with Connection(broker_server.url) as connection:
        interactions = queue(settings, "interactions").bind(connection)
        interactions.declare()
        for _ in range(3):
            connection.Producer().publish({}, routing_key=interactions.name)
        counted = until(lambda: queue_length(celery, settings) == 3, 1)
        interactions.delete()

    assert before_it_exists == 0
    assert counted


def test_a_broker_that_is_gone_tells_nothing() -> None:
    assert queue_length(celery, Settings(broker_url="amqp://127.0.0.1:1//")) is None


def test_a_redis_that_lost_some_keys_has_everything_replayed(
    stores: Stores, generation: Generation, opinions: Opinions, caplog: pytest.LogCaptureFixture
) -> None:
    now = time()
    for n in range(50):
        rows = [Interaction(UserId(f"u{n}"), ItemId("a"), Action.LIKE, now).to_row()]
        take([(generation, rows)], stores)
    rest(stores, generation)
    watch = Watch(stores)
    watch.run()
    healthy = catch_up(stores, 5)
    for n in range(5, 50):
        stores.redis.delete(*Keys(stores.settings.namespace, generation).of_user(UserId(f"u{n}")))

    Watch(stores).run()
    catch_up(stores, 5)

    assert healthy == 0
    assert [opinions(generation, f"u{n}") for n in range(50)] == [{"a": 1}] * 50
    assert "Redis has lost keys" in caplog.text


def test_a_redis_that_goes_on_losing_keys_is_not_filled_all_the_time(
    stores: Stores, generation: Generation, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [0.0]
    watch = Watch(stores, lambda: clock[0])
    replays = []
    like_now = [Interaction(UserId("u"), ItemId("a"), Action.LIKE, time()).to_row()] * 50
    for clock[0] in range(0, 3_600, int(maintain.LOOK_SECONDS) + 1):
        take([(generation, like_now)], stores)
        stores.redis.delete(Keys(stores.settings.namespace, generation).interactions(UserId("u")))
        caplog.clear()
        watch.run()
        if "Redis has lost keys" in caplog.text:
            replays.append(clock[0])

    pauses = [later - earlier for earlier, later in pairwise(replays)]
    assert pauses == sorted(pauses)
    assert len(replays) < 12


def test_users_whom_a_clock_that_was_ahead_has_put_off_are_ranked_now(
    stores: Stores, generation: Generation
) -> None:
    now = time()
    ahead, soon, failing = UserId("ahead"), UserId("soon"), UserId("failing")
    stores.waiting.add(generation, [ahead], now + 3_590)
    stores.waiting.add(generation, [soon], now + 300)
    for _ in range(12):
        stores.waiting.failed(generation, failing, now)
    stores.waiting.note_ranked(generation, [ahead], now + 3_600)

    Watch(stores).run()

    assert [user for user, _ in stores.waiting.take(generation, 9, time() + 1)] == ["ahead"]
    assert stores.waiting.oldest_ranked(generation, time() + 1, 9) == ["ahead"]


def test_a_segment_that_a_clock_that_was_ahead_has_written_is_replayed(
    stores: Stores, generation: Generation, opinions: Opinions, namespace: str
) -> None:
    like(stores, generation, "a")
    for segment in stores.generations.folder(generation).glob("*.csv"):
        os.utime(segment, (time() + 3_600, time() + 3_600))
    lose(stores, f"*{namespace}:*")

    assert catch_up(stores, 5) == 1
    assert opinions(generation, "u") == {"a": 1}
