"""What waits in the embedded Redis of trial mode, when a run finds RabbitMQ."""

from dataclasses import replace

import pytest
from celery import Celery
from kombu import Connection

from launch.__main__ import STAYS, _move_stranded
from launch.discovery import Servers
from launch.embedded import embedded_redis
from recs.settings import Settings
from tests.servers.ports import own_port
from tests.servers.service import environ_of
from workers.queues import queue


@pytest.fixture
def settings(settings: Settings, broker_url: str, redis_url: str) -> Settings:
    settings.data_dir.mkdir(parents=True)
    return replace(settings, broker_url=broker_url, redis_url=redis_url)


@pytest.fixture
def servers(settings: Settings) -> Servers:
    return Servers(settings.broker_url, settings.redis_url)


def run_in_trial_mode(settings: Settings) -> None:
    """Leave a message in the embedded Redis."""
    with (
        embedded_redis(own_port(), settings.data_dir) as redis,
        Celery(broker=redis.url(1)) as celery,
    ):
        prefix = {"global_keyprefix": f"{settings.namespace}:broker:"}
        celery.conf.broker_transport_options = prefix
        celery.send_task(
            "ingest", args=(1, [["u", "a", "like", "1"]]), queue=queue(settings, "interactions")
        )


def queued(settings: Settings) -> list[str]:
    with Connection(settings.broker_url) as broker:
        bound = queue(settings, "interactions")(broker.default_channel)
        bound.declare()
        messages = iter(lambda: bound.get(no_ack=True), None)
        return [row[1] for message in messages for row in message.payload[0][1]]


def test_it_is_moved_to_rabbitmq_once(settings: Settings, servers: Servers) -> None:
    run_in_trial_mode(settings)

    _move_stranded(environ_of(settings), settings, servers)
    assert queued(settings) == ["a"]
    _move_stranded(environ_of(settings), settings, servers)
    assert queued(settings) == []


def test_where_no_run_was_in_trial_mode_nothing_starts(
    settings: Settings, servers: Servers, capfd: pytest.CaptureFixture[str]
) -> None:
    _move_stranded(environ_of(settings), settings, servers)

    assert not (settings.data_dir / "redis").exists()
    assert capfd.readouterr().out == ""


def test_a_run_goes_on_when_it_cannot_be_moved_and_says_so(
    settings: Settings, servers: Servers, capfd: pytest.CaptureFixture[str]
) -> None:
    run_in_trial_mode(settings)
    nowhere = environ_of(replace(settings, broker_url="amqp://127.0.0.1:1//"))

    _move_stranded(nowhere, settings, servers)

    assert STAYS in capfd.readouterr().out
    _move_stranded(environ_of(settings), settings, servers)
    assert queued(settings) == ["a"]
