"""What was confirmed in trial mode reaches the log after a start with RabbitMQ."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from amqp.exceptions import ConnectionForced
from celery import Celery
from kombu import Connection
from kombu.exceptions import OperationalError

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.servers.service import HONCHO, ROOT, Service, environ_of
from tests.waiting import until
from workers import stranded
from workers.queues import queue
from workers.stranded import move

Items = Callable[[], list[str]]


class Ingest(Service):
    def _answers(self) -> bool:
        return f"ingest-{self.settings.namespace}@" in self.log.read_text()


@pytest.fixture
def settings(settings: Settings, broker_url: str, redis_url: str) -> Settings:
    settings.data_dir.mkdir(parents=True)
    return replace(settings, broker_url=broker_url, redis_url=redis_url)


@pytest.fixture
def stores(settings: Settings) -> Iterator[Stores]:
    with connection.long_timeout(settings.redis_url) as redis:
        yield Stores(settings, redis)


@pytest.fixture
def celery(settings: Settings) -> Iterator[Celery]:
    with Celery(broker=settings.broker_url) as celery:
        yield celery


@pytest.fixture
def queued(settings: Settings) -> Iterator[Items]:
    """Tell which items wait in RabbitMQ."""
    with Connection(settings.broker_url) as broker:

        def take() -> list[str]:
            bound = queue(settings, "interactions")(broker.default_channel)
            bound.declare()
            messages = iter(lambda: bound.get(no_ack=True), None)
            return [row[1] for message in messages for row in message.payload[0][1]]

        yield take


def trial(settings: Settings) -> Celery:
    """Return the Celery of trial mode."""
    prefix = {"global_keyprefix": f"{settings.namespace}:broker:"}
    celery = Celery(broker=settings.redis_url)
    celery.conf.broker_transport_options = prefix
    return celery


def confirm(settings: Settings, *items: str, taken: int = 0, generation: int = 1) -> None:
    """Do what the collector does in trial mode; then let a worker take some, and end."""
    with trial(settings) as celery:
        for item in items:
            row = Interaction(UserId("u"), ItemId(item), Action.LIKE, 1).to_row()
            celery.send_task(
                "ingest",
                args=(generation, [row]),
                queue=queue(settings, "interactions"),
                ignore_result=True,
            )
        with celery.connection_for_read() as broker:
            bound = queue(settings, "interactions")(broker.default_channel)
            for _ in range(taken):
                assert bound.get() is not None
            broker.default_channel.qos._on_collect.cancel()  # who is killed restores nothing
            broker.default_channel.do_restore = False


def left(stores: Stores) -> list[bytes]:
    pattern = f"{stores.settings.namespace}:broker:*"
    return [key for key in stores.redis.scan_iter(pattern) if b"_kombu" not in key]


def test_what_waits_is_moved_in_its_order_and_nothing_stays(
    settings: Settings, stores: Stores, celery: Celery, queued: Items
) -> None:
    items = [f"i{n:03}" for n in range(250)]
    confirm(settings, *items)

    assert move(settings.redis_url, settings, celery) == 250
    assert queued() == items
    assert left(stores) == []


def test_what_a_worker_had_in_hand_is_moved(
    settings: Settings, stores: Stores, celery: Celery, queued: Items
) -> None:
    confirm(settings, "a", "b", "c", taken=2)
    assert len(left(stores)) == 3

    assert move(settings.redis_url, settings, celery) == 3
    assert sorted(queued()) == ["a", "b", "c"]
    assert left(stores) == []


def test_where_nothing_waits_nothing_is_done(
    settings: Settings, celery: Celery, queued: Items
) -> None:
    assert move(settings.redis_url, settings, celery) == 0
    assert queued() == []


def test_what_the_broker_refuses_stays(settings: Settings, stores: Stores, queued: Items) -> None:
    confirm(settings, "a", "b")
    with Celery(broker="amqp://127.0.0.1:1//") as nobody, pytest.raises(OperationalError):
        move(settings.redis_url, settings, nobody)

    with Celery(broker=settings.broker_url) as celery:
        assert move(settings.redis_url, settings, celery) == 2


@pytest.mark.parametrize("error", [ConnectionForced, OperationalError, TimeoutError])
def test_a_broker_that_ends_meanwhile_is_waited_for(
    settings: Settings, celery: Celery, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = [error(), error()]

    def move(*_: object) -> int:
        if errors:
            raise errors.pop()
        return 7

    monkeypatch.setattr(stranded, "move", move)
    monkeypatch.setattr(stranded, "AGAIN_SECONDS", 0.0)
    stranded.move_stranded(settings, celery)

    assert errors == []


def test_in_trial_mode_and_with_a_cluster_nothing_is_moved(
    settings: Settings, celery: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stranded, "move", None)

    stranded.move_stranded(replace(settings, broker_url=settings.redis_url), celery)
    stranded.move_stranded(replace(settings, redis_url="redis+cluster://a:1"), celery)


def test_another_namespace_keeps_what_is_its(
    settings: Settings, celery: Celery, queued: Items
) -> None:
    confirm(replace(settings, namespace=f"{settings.namespace}-2"), "theirs")

    assert move(settings.redis_url, settings, celery) == 0


def test_ingest_takes_them_when_it_starts_with_rabbitmq(settings: Settings, stores: Stores) -> None:
    generation: Generation = stores.generations.begin()
    confirm(settings, "a", "b", taken=1, generation=generation)
    ingest = Ingest(settings, (*HONCHO, "ingest"))
    ingest.start()

    def logged() -> list[str]:
        tail = stores.log.tail(generation, Kind.INTERACTIONS, {})
        return sorted(item for _, rows in tail for _, item, *_ in rows)

    def said() -> bool:
        return "2 messages of trial mode were moved" in ingest.log.read_text()

    try:
        assert until(lambda: logged() == ["a", "b"], seconds=30)
        assert until(said)
    finally:
        ingest.stop()


def test_the_command_says_how_many_there_were(settings: Settings, queued: Items) -> None:
    confirm(settings, "a")
    done = subprocess.run(
        [sys.executable, "-m", "workers.stranded"],
        input=settings.redis_url,
        cwd=ROOT,
        env=environ_of(settings),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.startswith("1 messages")
    assert queued() == ["a"]
