"""Collector and recommender as Flask's test client sees them, on real servers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from kombu import Connection, Queue
from werkzeug.test import TestResponse

from app import create_app
from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.log import Kind
from recs.throttling import OnceAMinute
from recs.types import Generation, ItemId, UserId
from tests.app.described import check_answers
from tests.recs.stores.catalogues import add_to
from workers.logs import FOREIGN

NOWHERE = {"redis_url": "redis://127.0.0.1:1/0", "broker_url": "amqp://127.0.0.1:1//"}


@pytest.fixture
def stores(settings: Settings, redis_url: str) -> Iterator[Stores]:
    """The stores of a worker, on the Redis of `settings`."""
    with connection.long_timeout(settings.redis_url) as redis:
        yield Stores(settings, redis)


@pytest.fixture
def once_a_minute(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Throttle the lines that `caplog` gets, as those of a process are."""
    throttle = OnceAMinute(FOREIGN)
    caplog.handler.addFilter(throttle)
    yield
    caplog.handler.removeFilter(throttle)


@pytest.fixture(autouse=True)
def nobody_to_wait_for(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no server is, no other process goes on with the generation before."""
    if request.node.get_closest_marker("servers") is None:
        monkeypatch.setattr("app.service.LEASE_SECONDS", 0)


@pytest.fixture
def start(settings: Settings) -> Iterator[Callable[..., FlaskClient]]:
    """Make apps: a role, and settings that differ. They end with the test."""
    started: list[Flask] = []

    def start(role: str, **more: Any) -> FlaskClient:
        started.append(create_app(role, replace(settings, **more)))
        if role != "page":
            check_answers(started[-1])
        return started[-1].test_client()

    yield start
    for app in started:
        end(app)


@pytest.fixture
def collector(start: Callable[..., FlaskClient], redis_url: str, broker_url: str) -> FlaskClient:
    return start("collector")


@pytest.fixture
def recommender(start: Callable[..., FlaskClient], redis_url: str) -> FlaskClient:
    return start("recommender")


@pytest.fixture
def other_recommender(start: Callable[..., FlaskClient], redis_url: str) -> FlaskClient:
    """Another process of the same service, as far as it knows."""
    return start("recommender")


@pytest.fixture
def other_collector(
    start: Callable[..., FlaskClient], settings: Settings, tmp_path: Path, broker_url: str
) -> FlaskClient:
    """Another service on the same servers."""
    namespace = f"{settings.namespace}-2"
    return start("collector", namespace=namespace, data_dir=tmp_path / "other")


@pytest.fixture
def queued(settings: Settings, broker_url: str) -> Iterator[Callable[[], list[list[Any]]]]:
    """Take what waits in the queue: the arguments (generation, rows) of each message."""
    with Connection(settings.broker_url) as connection:
        queue = Queue(settings.queue("interactions"), channel=connection)
        queue.declare()

        def take() -> list[list[Any]]:
            taken = []
            while message := queue.get(no_ack=True):
                taken.append(message.payload[0])
            return taken

        yield take


def end(app: Flask) -> None:
    """Do what gunicorn does before a worker exits."""
    for call in app.extensions.get("before_exit", ()):
        call()


def refresh(recommender: FlaskClient) -> None:
    """Do at once what its background does several times a second."""
    context = recommender.application.extensions["recommender"]
    context.view.refresh()
    context.marks.flush()


def is_problem(answer: TestResponse, status: int) -> bool:
    """Say whether an answer is a problem of this status, with a sentence to the caller."""
    return bool(
        answer.status_code == status
        and answer.mimetype == "application/problem+json"
        and answer.get_json()["status"] == status
        and answer.get_json()["detail"]
    )


def add(stores: Stores, generation: Generation, **items: list[str]) -> None:
    """Make items known: id=genres."""
    add_to(
        stores.catalogues.of(generation), ((ItemId(item), genres) for item, genres in items.items())
    )


def interact(stores: Stores, generation: Generation, *said: tuple[str, str, Action, float]) -> None:
    """Do what ingest does with interactions: (user, item, action, timestamp) each."""
    all_of_them = [Interaction(UserId(u), ItemId(i), action, at) for u, i, action, at in said]
    rows = [each.to_row() for each in all_of_them]
    span = stores.log.append(generation, Kind.INTERACTIONS, rows)
    stores.replay.apply(generation, span, all_of_them)


def like(stores: Stores, generation: Generation, user: str, *items: str) -> None:
    """Do what ingest does with likes."""
    interact(stores, generation, *((user, item, Action.LIKE, 1.0) for item in items))
