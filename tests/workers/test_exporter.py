"""What Prometheus is told of the workers: sums over all of them, and how the service stands."""

from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from redis.exceptions import ConnectionError, TimeoutError

from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.tallies import Sample, Tallies
from recs.types import Generation, ItemId, UserId
from tests.clock import Clock
from tests.recs.stores.catalogues import add_to
from tests.recs.stores.servers import until_answered
from tests.servers.redis_servers import RedisServer
from workers import celery, metrics
from workers.counting import Counting
from workers.exporter import Exporter
from workers.metrics import Pusher
from workers.service_state import GAUGES, ServiceState

Told = dict[tuple[str, frozenset[str]], float]
INGESTED = "kinolenta_interactions_ingested_total"


@pytest.fixture
def tallies(stores: Stores) -> Tallies:
    return Tallies(stores.redis, stores.settings.namespace)


def state(stores: Stores, clock: Any = time) -> ServiceState:
    nowhere = replace(stores.settings, broker_url="amqp://127.0.0.1:1//")
    return ServiceState(Stores(nowhere, stores.redis), celery, clock)


def told(stores: Stores) -> Told:
    registry = CollectorRegistry()
    registry.register(Exporter(Tallies(stores.redis, stores.settings.namespace), state(stores)))
    text = generate_latest(registry).decode()
    return {
        (sample.name, frozenset(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def sample(name: str, **labels: str) -> Sample:
    return name, tuple(sorted(labels.items()))


def test_what_several_workers_have_counted_is_added_up(stores: Stores, tallies: Tallies) -> None:
    tallies.add({sample(INGESTED, action="like"): 2}, {}, "one", 1)
    both = {sample(INGESTED, action="like"): 3.0, sample(INGESTED, action="undo"): 1.0}
    tallies.add(both, {}, "other", 1)

    found = told(stores)

    assert found[INGESTED, frozenset({"like"})] == 5
    assert found[INGESTED, frozenset({"undo"})] == 1


def test_the_latest_value_of_what_is_no_sum_stays(stores: Stores, tallies: Tallies) -> None:
    name = "kinolenta_ingested_until_timestamp_seconds"
    tallies.add({}, {sample(name): 1e9 + 0.25}, "one", 1)
    tallies.add({}, {sample(name): 2e9 + 0.25}, "one", 2)

    assert told(stores)[name, frozenset()] == 2e9 + 0.25


def test_a_worker_pushes_what_is_new_and_nothing_twice(stores: Stores, tallies: Tallies) -> None:
    pusher = Pusher(lambda: tallies)
    pusher.push()  # whatever other tests have counted in this process
    before = tallies.all().get(sample("kinolenta_ranking_failures_total"), 0.0)
    metrics.RANKING_FAILURES.inc(2)
    pusher.push()
    pusher.push()

    assert told(stores)["kinolenta_ranking_failures_total", frozenset()] == before + 2


def test_a_worker_that_stops_pushes_for_the_last_time(stores: Stores, tallies: Tallies) -> None:
    pusher = Pusher(lambda: tallies, seconds=60)
    pusher.start()
    metrics.RANKED.inc(3)
    pusher.stop()

    assert told(stores)["kinolenta_users_ranked_total", frozenset()] >= 3


def test_what_redis_does_not_take_comes_with_the_next_push(
    stores: Stores, tallies: Tallies
) -> None:
    nowhere = connection.short_timeout("redis://127.0.0.1:1/0", 0.1)
    with_pauses = iter([Tallies(nowhere, "n"), tallies])
    pusher = Pusher(lambda: next(with_pauses))
    metrics.RANKED.inc()
    with pytest.raises(ConnectionError):
        pusher.push()
    pusher.push()

    assert told(stores)["kinolenta_users_ranked_total", frozenset()] >= 1


def test_a_push_of_which_the_answer_is_lost_counts_once(own_redis: RedisServer) -> None:
    name = sample("kinolenta_users_ranked_total")
    with (
        connection.short_timeout(own_redis.url, 0.3) as impatient,
        connection.long_timeout(own_redis.url) as redis,
    ):
        pusher, tallies = Pusher(lambda: Tallies(impatient, "n")), Tallies(redis, "n")
        until_answered(pusher.push)
        before = tallies.all().get(name, 0.0)
        metrics.RANKED.inc(2)
        own_redis.pause()
        with pytest.raises(TimeoutError):
            pusher.push()
        own_redis.resume()  # it takes what was sent
        metrics.RANKED.inc(3)
        until_answered(pusher.push)
        until_answered(pusher.push)

        assert tallies.all()[name] == before + 5


def test_a_histogram_of_all_workers_has_its_buckets_in_order(
    stores: Stores, tallies: Tallies
) -> None:
    pusher = Pusher(lambda: tallies)
    metrics.LIST_DELAY.observe(0.3)
    pusher.push()
    registry = CollectorRegistry()
    registry.register(Exporter(tallies, state(stores)))
    [family] = [
        each
        for each in text_string_to_metric_families(generate_latest(registry).decode())
        if each.name == "kinolenta_list_delay_seconds"
    ]
    buckets = [each for each in family.samples if each.name.endswith("_bucket")]

    bounds = [float(each.labels["le"]) for each in buckets]
    assert bounds == sorted(bounds)
    assert [each.value for each in buckets] == sorted(each.value for each in buckets)
    assert buckets[-1].value >= 1


def test_without_redis_there_are_no_sums_and_it_is_said_why(
    stores: Stores, generation: Generation
) -> None:
    nowhere = connection.short_timeout("redis://127.0.0.1:1/0", 0.1)

    found = told(Stores(stores.settings, nowhere))

    assert found["kinolenta_server_up", frozenset({"redis"})] == 0
    assert found["kinolenta_server_up", frozenset({"broker"})] == 0
    assert found["kinolenta_dead_letters", frozenset()] == 0  # the disk tells it
    assert not [name for name, _ in found if name.startswith(INGESTED)]


def test_the_state_is_told_from_redis_and_the_disk(stores: Stores, generation: Generation) -> None:
    catalogue = stores.catalogues.of(generation)
    add_to(catalogue, [(ItemId("a"), None), (ItemId("b"), None)])
    stores.waiting.add(generation, [UserId("u"), UserId("v")], time() - 7)
    stores.log.set_aside(generation, "queue", "no", "x")
    Counting(generation, stores).publish_news()

    found = told(stores)

    assert found["kinolenta_users_waiting", frozenset()] == 2
    assert 7 <= found["kinolenta_users_waiting_age_seconds", frozenset()] < 60
    assert found["kinolenta_dead_letters", frozenset()] == 1
    assert 0 <= found["kinolenta_statistics_age_seconds", frozenset()] < 60
    assert found["kinolenta_coverage_ratio", frozenset()] == 0
    assert found["kinolenta_model_versions", frozenset({"true"})] == 0
    start = found["kinolenta_generation_start_timestamp_seconds", frozenset()]
    assert start == pytest.approx(time(), abs=60)


@pytest.mark.parametrize(
    ("until", "seen", "age"),
    [
        (990.0, [(1_000, 3)], 10),  # after the newest that ingest took
        (0.0, [(1_000, 3)], 0),  # nobody knows anything: from now on
        (0.0, [(1_000, 3), (1_060, 3)], 60),
        (900.0, [(1_000, 0), (1_015, 1)], 15),  # it was empty: what waits is younger
        (900.0, [(1_000, 0), (1_015, 0)], 0),
        (2_000.0, [(1_000, 3)], 0),  # a clock that is ahead
    ],
)
def test_the_age_of_the_first_message_is_bounded_by_what_is_known(
    tmp_path: Path, clock: Clock, until: float, seen: list[tuple[float, int]], age: float
) -> None:
    settings = Settings(data_dir=tmp_path)
    redis = connection.short_timeout("redis://127.0.0.1:1/0", 0.1)
    service = ServiceState(Stores(settings, redis), celery, clock)
    found = -1.0
    for clock.now, messages in seen:
        found = service.queue_age(messages, until)

    assert found == age


def test_every_name_has_a_unit_that_is_a_base_unit() -> None:
    for name in GAUGES:
        assert not name.endswith(("_ms", "_minutes", "_percent", "_total"))
