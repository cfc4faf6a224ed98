import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.page.client import Refused, Services
from recs.settings import Settings
from tests.app.page.fake_services import FakeServices, end


def test_one_viewer_with_what_they_said_and_their_next_titles(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.interactions["u"] = {"jaws-1975": "like", "up-2009": "dislike"}
    page = visitor.get("/status/user?id=u").text

    assert re.search(r">Jaws</a> <b>Liked</b>", page)
    assert re.search(r">Up</a> <b>Disliked</b>", page)
    assert page.count("<code>personal</code>") == 24
    assert services.seen == {}


def test_one_title_with_its_counters_and_neighbours(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.interactions["u"] = {"jaws-1975": "like"}
    page = visitor.get("/status/title?id=jaws-1975").text

    assert "<dt>likes</dt><dd>1</dd>" in page
    assert page.count("<code>genres</code>") == 24


def test_a_title_is_found_by_its_name_too(visitor: FlaskClient) -> None:
    assert "<code>jaws-1975</code>" in visitor.get("/status/title?id=челюсти").text


def test_unknown_ones_are_no_error(visitor: FlaskClient) -> None:
    assert visitor.get("/status/user?id=nobody").status_code == 200
    assert "no such title" in visitor.get("/status/title?id=qwxzqwxz").text


def test_with_a_token_nobody_looks_at_others(
    page_settings: Settings, services: FakeServices
) -> None:
    app: Flask = create_app("page", replace(page_settings, api_token="secret"))

    assert app.test_client().get("/status/user?id=u").status_code == 403
    assert "/status/user" not in app.test_client().get("/status").text
    end(app)


def test_the_range_chooses_which_samples_are_drawn(
    visitor: FlaskClient, services: FakeServices
) -> None:
    services.stats["samples"] = [
        {"time": 1000.0 - 10 * n, "interactions": 1000 - n, "coverage": 0.5} for n in range(60)
    ]
    services.stats["now"] = 1000.0

    def drawn(chosen: str) -> int:
        page = visitor.get(f"/status/charts?range={chosen}").text
        line = re.search(r'id="chart-coverage".*?line-0" d="([^"]*)"', page, re.DOTALL)
        return line[1].count("L") + 1 if line else 0

    assert drawn("minute") == 7
    assert drawn("minutes") == 31
    assert drawn("all") == drawn("nonsense") == 60


def test_an_id_that_cannot_be_is_no_outage(
    visitor: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Refused("recommender", "an id must not contain control characters")

    for name in ("interactions", "items"):
        monkeypatch.setattr(Services, name, refuse)

    assert visitor.get("/status/user?id=a%01b").status_code == 400
    assert visitor.get("/status/title?id=a%01b").status_code == 400
