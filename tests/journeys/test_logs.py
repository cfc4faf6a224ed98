"""The logs of a whole service that was told to log much: one id for a request, and no user."""

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from recs.settings import Settings
from tests.servers.service import Service
from tests.waiting import until

LONG = 30
USER = "secret-visitor"
OWN_ID = "from-the-proxy.42"
STEPS = ("are safe", "POST /interact 200", "are in the log", "the list is ranked")


@pytest.fixture(params=["json", "console"])
def service(
    request: pytest.FixtureRequest,
    settings: Settings,
    start_service: Callable[[Settings], Service],
    redis_url: str,
    broker_url: str,
) -> Service:
    logging = {"log_format": request.param, "log_level": "info", "access_log": 1}
    return start_service(replace(settings, **logging))


def react(service: Service, user: str, **headers: str) -> httpx.Response:
    body = {"user_id": user, "item_ids": ["a"], "actions": ["like"]}
    return httpx.post(
        f"{service.settings.collector}/interact", json=body, headers=headers, timeout=10
    )


def send(port: int, text: str) -> None:
    """Send what may be no HTTP, and wait for whatever comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass


def lines_of(service: Service, request_id: str) -> list[str]:
    return [line for line in service.log.read_text().splitlines() if request_id in line]


def missing(service: Service, request_id: str) -> list[str]:
    """Return the steps on the way of a request of which no line tells yet."""
    told = "\n".join(lines_of(service, request_id))
    return [step for step in STEPS if step not in told]


def is_complete(service: Service, request_id: str) -> bool:
    return missing(service, request_id) == []


def misbehave(service: Service) -> None:
    """Do all that makes a service talk: wrong requests, lost bodies, unknown fields, outages."""
    collector, recommender = service.settings.collector, service.settings.recommender
    page = f"http://127.0.0.1:{service.settings.page_port}"
    with httpx.Client(timeout=10) as client:
        for path in (f"/recs/{USER}", f"/recs/{USER}/{USER}", f"/users/{USER}/interactions"):
            client.get(f"{recommender}{path}")
            client.get(f"{recommender}{path}?{USER}={USER}")
            client.post(f"{recommender}{path}")
        client.get(f"{recommender}/recs/{quote(f'{USER} with spaces')}?k=-1")
        client.get(f"{recommender}/popular?user_id={USER}")
        client.delete(f"{collector}/interact/{USER}/a")
        client.get(f"{page}/{USER}")
        for body in ({"user_id": USER}, [USER], {"user_id": USER, USER: 1}, USER):
            client.post(f"{collector}/interact", json=body)
        client.post(f"{collector}/interact", content=b'{"user_id": "' + USER.encode())
    smuggled = json.dumps({"user_id": USER, "item_ids": ["a"], "actions": ["like"]})
    for port in (service.settings.collector_port, service.settings.recommender_port):
        send(port, f"POST /interact HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n{smuggled}\r\n")
        send(port, f"GET /recs/{USER} with spaces HTTP/1.1\r\nHost: x\r\n\r\n")
        send(port, f"{USER} /x HTTP/1.1\r\n\r\n")
        send(port, f"GET /x HTTP/1.1\r\n{USER} x: {USER}\r\n\r\n")


def test_logs_follow_a_request_to_its_list_and_name_no_user(service: Service) -> None:
    httpx.post(f"{service.settings.recommender}/add_items", json={"item_ids": ["a", "b"]})
    own = react(service, USER, **{"X-Request-ID": OWN_ID})
    made = react(service, f"{USER}-2").headers["X-Request-ID"]

    assert own.headers["X-Request-ID"] == OWN_ID
    for request_id in (OWN_ID, made):
        has_arrived = partial(is_complete, service, request_id)
        assert until(has_arrived, seconds=LONG), missing(service, request_id)
    misbehave(service)
    assert until(lambda: "GET other 404" in service.log.read_text(), seconds=LONG)

    text = service.log.read_text()
    assert [line for line in text.splitlines() if USER in line] == []
    if service.settings.log_format == "json":
        parsed = [json_of(line) for line in lines_of(service, OWN_ID)]
        assert {each["request_id"] for each in parsed} == {OWN_ID}
        assert {"collector.1", "ingest.1", "rank.1"} <= {each["process"] for each in parsed}


def json_of(line: str) -> dict[str, Any]:
    """Return what stands behind honcho's prefix."""
    content: dict[str, Any] = json.loads(line[line.index("{") :])
    return content
