"""beat and ingest as the Procfile starts them, with clocks that jump and connections that hang."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from celery import Celery
from celery.beat import ScheduleEntry
from kombu import Connection

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.log import Kind
from recs.types import ItemId, UserId
from tests.servers.proxy import Proxy
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.service import HONCHO, Service
from tests.waiting import until
from workers.beat import MonotonicScheduler
from workers.queues import queue

A_MINUTE = 60


class Some(Service):
    """Some processes of the service."""

    def _answers(self) -> bool:
        return True


@pytest.fixture
def stores(settings: Settings, redis_url: str) -> Iterator[Stores]:
    with connection.long_timeout(redis_url) as redis:
        yield Stores(settings, redis)


@pytest.fixture
def start() -> Iterator[Callable[..., Some]]:
    started: list[Some] = []

    def start(settings: Settings, *names: str, **environ: str) -> Some:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        service = Some(settings, (*HONCHO, *names))
        service._environ = {**service._environ, **environ}  # type: ignore[dict-item]
        started.append(service)
        service.start()
        return service

    yield start
    for service in started:
        service.stop()


@pytest.fixture
def taken(settings: Settings, broker_url: str) -> Iterator[Callable[[str], int]]:
    """Take all messages out of a queue; return how many there were."""
    with Connection(settings.broker_url) as broker:

        def take(name: str) -> int:
            bound = queue(settings, name)(broker.default_channel)
            bound.declare()
            return int(bound.purge() or 0)

        yield take


def odd_clock(folder: Path) -> dict[str, str]:
    """Return the variables that set a clock apart by what is in the file `apart`."""
    library = folder / "odd_clock.so"
    source = Path(__file__).parents[1] / "chaos" / "odd_clock.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_APART_FILE": str(folder / "apart")}


def test_beat_goes_on_when_the_clock_is_put_back_and_reads_no_schedule_of_an_earlier_version(
    settings: Settings,
    tmp_path: Path,
    start: Callable[..., Some],
    taken: Callable[[str], int],
) -> None:
    settings.data_dir.mkdir(parents=True)
    (settings.data_dir / "beat-schedule").write_bytes(os.urandom(100))
    (tmp_path / "apart").write_text("3600")
    start(settings, "beat", **odd_clock(tmp_path))
    assert until(lambda: taken("ranking") > 0, A_MINUTE)
    (tmp_path / "apart").write_text("0")
    taken("ranking")

    assert all(until(lambda: taken("ranking") > 0, seconds=10) for _ in range(3))


def test_a_broker_that_is_away_is_told_of_in_the_same_words_for_each_task(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with Celery(broker="amqp://127.0.0.1:9//", set_as_current=False) as celery:
        scheduler = MonotonicScheduler(celery, lazy=True)
        for name in ("rank", "sample"):
            scheduler._send(ScheduleEntry(name, name, schedule=1.0, app=celery))

    first, second = [each.message for each in caplog.records if each.name == "workers.beat"]
    assert first == second


def test_workers_and_beat_come_back_when_their_connections_pass_nothing(
    settings: Settings,
    broker_server: RabbitMQServer,
    start: Callable[..., Some],
    taken: Callable[[str], int],
    stores: Stores,
) -> None:
    generation = stores.generations.begin()

    def send(item: str) -> None:
        row = Interaction(UserId("u"), ItemId(item), Action.LIKE, 1).to_row()
        with Connection(settings.broker_url) as broker, Celery() as celery:
            celery.send_task(
                "ingest",
                args=(generation, [row]),
                producer=broker.Producer(),
                queue=queue(settings, "interactions"),
                ignore_result=True,
            )

    def logged() -> list[str]:
        tail = stores.log.tail(generation, Kind.INTERACTIONS, {})
        return sorted({item for _, rows in tail for _, item, *_ in rows})

    with Proxy(broker_server.port) as proxy:
        url = settings.broker_url.replace(str(broker_server.port), str(proxy.port))
        start(replace(settings, broker_url=url), "ingest", "beat")
        send("before")
        assert until(lambda: logged() == ["before"], A_MINUTE)
        assert until(lambda: taken("ranking") > 0, A_MINUTE)
        proxy.stall()
        taken("ranking")
        send("after")

        assert until(lambda: taken("ranking") > 0, A_MINUTE)
        assert until(lambda: logged() == ["after", "before"], A_MINUTE)
