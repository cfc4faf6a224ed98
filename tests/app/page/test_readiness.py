"""/readyz of the page: what its two services say of themselves."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.page.client import ServiceDown, Services
from tests.app.page.fake_services import FakeServices

READY = {"status": "ok", "servers": {}, "degraded": [], "advice": {}}


def say(monkeypatch: pytest.MonkeyPatch, **said: dict[str, Any] | None) -> None:
    """Let services answer so; None: not at all."""

    def readiness(_: Services, service: str) -> dict[str, Any]:
        answer = said.get(service, READY)
        if answer is None:
            raise ServiceDown(service)
        return answer

    monkeypatch.setattr(Services, "readiness", readiness)


def test_the_page_is_ready_when_both_services_are(app: Flask) -> None:
    answer = app.test_client().get("/readyz")

    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")
    assert answer.get_json()["servers"] == {"collector": "ok", "recommender": "ok"}


def test_what_a_service_lacks_is_passed_on_with_what_to_do(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacks = {"status": "degraded", "degraded": ["rank"], "advice": {"rank": "start it"}}
    say(monkeypatch, recommender=lacks)

    answer = visitor.get("/readyz")

    assert (answer.status_code, answer.get_json()["degraded"]) == (200, ["recommender"])
    assert answer.get_json()["servers"]["recommender"] == "degraded: rank"
    assert answer.get_json()["advice"]["recommender"] == "rank: start it"


def test_without_a_collector_films_are_shown(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, collector=None)

    answer = visitor.get("/readyz")

    assert (answer.status_code, answer.get_json()["degraded"]) == (200, ["collector"])


def test_without_a_recommender_the_page_is_down(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, recommender=None)

    answer = visitor.get("/readyz")

    assert (answer.status_code, answer.get_json()["status"]) == (503, "down")
    assert "start the recommender" in answer.get_json()["advice"]["recommender"]


def test_a_service_that_says_nothing_of_use_is_down(services: FakeServices, app: Flask) -> None:
    services.down.add("recommender")  # it answers 503 with an empty body

    assert app.test_client().get("/readyz").status_code == 503


def test_whoever_asks_whether_the_page_is_ready_is_no_visitor(visitor: FlaskClient) -> None:
    assert "Set-Cookie" not in visitor.get("/readyz").headers
