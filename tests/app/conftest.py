"""Collector and recommender as Flask's test client sees them, on real servers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from kombu import Connection, Queue
from werkzeug.test import TestResponse

from app import create_app
from recs.settings import Settings


@pytest.fixture
def collector(settings: Settings) -> FlaskClient:
    return create_app("collector", settings).test_client()


@pytest.fixture
def recommender(settings: Settings) -> FlaskClient:
    return create_app("recommender", settings).test_client()


@pytest.fixture
def other_collector(settings: Settings, tmp_path: Path) -> FlaskClient:
    """Another service on the same servers."""
    other = replace(settings, namespace=f"{settings.namespace}-2", data_dir=tmp_path / "other")
    return create_app("collector", other).test_client()


@pytest.fixture
def queued(settings: Settings) -> Iterator[Callable[[], list[list[Any]]]]:
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


def is_problem(answer: TestResponse, status: int) -> bool:
    """Say whether an answer is a problem of this status, with a sentence to the caller."""
    return bool(
        answer.status_code == status
        and answer.mimetype == "application/problem+json"
        and answer.get_json()["status"] == status
        and answer.get_json()["detail"]
    )
