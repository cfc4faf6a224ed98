"""Messages that are no interactions, among some that are, through the real processes."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from kombu import Connection

from tests.servers.service import Service
from tests.waiting import until

PICKLE = "application/x-python-serialize"
GOOD_HEADERS = {"task": "ingest", "id": "1"}


@dataclass(frozen=True)
class Message:
    """A message as the broker holds it."""

    body: bytes
    headers: dict[str, Any]
    content_type: str = "application/json"
    content_encoding: str = "utf-8"


def task(*args: object, **headers: object) -> Message:
    return Message(json.dumps([args, {}, {}]).encode(), GOOD_HEADERS | headers)


def rows(*rows: object) -> Message:
    return task(0, list(rows))


NO_MESSAGES = {
    "no headers": Message(b"hello", {}, "text/plain", "binary"),
    "nothing at all": Message(b"", {}),
    "no name": Message(b"[[], {}, {}]", {"id": "1"}),
    "a list as name": Message(b"[[], {}, {}]", {"id": "1", "task": ["ingest"]}),
    "an unknown name": Message(b"[[], {}, {}]", {"id": "1", "task": "transfer"}),
    "broken JSON": Message(b"[[0, [[", GOOD_HEADERS),
    "deep JSON": Message(b"[" * 100_000, GOOD_HEADERS),
    "broken UTF-8": Message(b'[["\xff\xfe"], {}, {}]', GOOD_HEADERS),
    "a pickle": Message(b"cposix\nsystem\n(S'true'\ntR.", GOOD_HEADERS, PICKLE, "binary"),
    "an unknown encoding": Message(b"[[], {}, {}]", GOOD_HEADERS, content_encoding="none"),
    "a number": Message(b"5", GOOD_HEADERS),
    "an object": Message(b'{"args": [0, []]}', GOOD_HEADERS),
    "two parts": Message(b"[[], {}]", GOOD_HEADERS),
    "an old protocol": Message(b'{"task": "ingest", "id": "1", "args": [0, []]}', {}),
    "no arguments": task(),
    "three arguments": task(0, [], "more"),
    "a word as generation": task("now", []),
    "a future generation": task(10**15, [["anna", "alien", "like", "1"]]),
    "a row of three": rows(["anna", "alien", "like"]),
    "an unknown action": rows(["anna", "alien", "love", "1"]),
    "no timestamp": rows(["anna", "alien", "like", "soon"]),
    "an endless timestamp": rows(["anna", "alien", "like", "inf"]),
    "a control character": rows(["anna\n", "alien", "like", "1"]),
    "a lone surrogate": rows(["\ud800", "alien", "like", "1"]),
    "a long id": rows(["a" * 513, "alien", "like", "1"]),
    "a number as id": rows([7, "alien", "like", "1"]),
    "no row": rows(None),
    "a task for later": task(0, [], eta="2099-01-01T00:00:00"),
    "a senseless expiry": task(0, [], expires="soon"),
}


def publish(service: Service, *messages: Message) -> None:
    """Put messages into the queue of interactions."""
    queue = service.settings.queue("interactions")
    with Connection(service.settings.broker_url) as broker, broker.Producer() as producer:
        for message in messages:
            producer.publish(
                message.body,
                routing_key=queue,
                headers=message.headers,
                content_type=message.content_type,
                content_encoding=message.content_encoding,
            )


def waiting(service: Service) -> int:
    """Return how many messages are in the queue, those in somebody's hands included."""
    queue = service.settings.queue("interactions")
    with Connection(service.settings.broker_url) as broker:
        declared = broker.channel().queue_declare(queue, passive=True)
    return int(declared.message_count)


@pytest.fixture
def log(service: Service) -> Path:
    """The folder of a fresh generation."""
    url = f"{service.settings.recommender}/cleanup"
    answer = requests.get(url, timeout=10)
    answer.raise_for_status()
    generation = answer.json()["generation"]
    return service.settings.data_dir / "generations" / str(generation)


def dead_letters(log: Path) -> list[list[str]]:
    path = log / "dead-letters.csv"
    return list(csv.reader(path.read_text().splitlines())) if path.exists() else []


def logged(log: Path) -> str:
    return "".join(each.read_text() for each in log.glob("interactions-*.csv"))


def test_everything_that_is_no_interaction_is_set_aside_with_a_reason(
    service: Service, log: Path
) -> None:
    publish(service, *NO_MESSAGES.values())

    assert until(lambda: len(dead_letters(log)) == len(NO_MESSAGES), seconds=20)
    assert all(where == "queue" and reason for where, reason, *_ in dead_letters(log))
    assert waiting(service) == 0
    assert logged(log) == ""


@pytest.mark.parametrize("name", ["broken JSON", "an unknown action", "no headers"])
def test_interactions_in_the_same_batch_are_logged(service: Service, log: Path, name: str) -> None:
    good = [rows([user, "alien", "like", "5"]) for user in ("anna", "boris")]

    publish(service, good[0], NO_MESSAGES[name], good[1])

    assert until(lambda: "anna,alien" in logged(log) and "boris,alien" in logged(log), seconds=20)


def test_good_rows_of_a_message_survive_a_bad_one(service: Service, log: Path) -> None:
    publish(service, rows(["anna", "alien", "like", "5"], None, ["anna", "cube", "like", "6"]))

    assert until(lambda: "anna,alien" in logged(log) and "anna,cube" in logged(log), seconds=20)
    assert len(dead_letters(log)) == 1


def test_dead_letters_are_counted(service: Service, log: Path) -> None:
    publish(service, rows(None), rows(None))

    def counted() -> bool:
        stats = requests.get(f"{service.settings.recommender}/stats", timeout=10).json()
        return stats["totals"].get("dead_letters") == 2

    assert until(counted, seconds=20)
