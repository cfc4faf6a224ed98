"""/docs: a page that shows the description, and takes nothing from other sites."""

import re

import pytest
from flask.testing import FlaskClient

from app import create_app
from recs.settings import Settings

OUTSIDE = re.compile(r"(?:src|href|url)\s*[=(:]\s*[\"']?(?:https?:)?//", re.IGNORECASE)


@pytest.fixture(params=["collector", "recommender"])
def client(request: pytest.FixtureRequest) -> FlaskClient:
    return create_app(request.param, Settings()).test_client()


def linked(page: str) -> list[str]:
    return re.findall(r'(?:src|href)="([^"]+)"', page)


def test_the_page_finds_all_that_it_needs_here(client: FlaskClient) -> None:
    page = client.get("/docs")

    assert page.mimetype == "text/html"
    links = linked(page.text)
    assert len(links) >= 4
    for link in links:
        answer = client.get(f"/{link}")
        assert (link, answer.status_code, bool(answer.data)) == (link, 200, True)


def test_nothing_comes_from_another_site(client: FlaskClient) -> None:
    for path in ("/docs", "/docs/start.js", "/docs/swagger-ui.css"):
        assert OUTSIDE.search(client.get(path).text) is None


def test_the_policy_allows_nothing_inline_and_nobody_else(client: FlaskClient) -> None:
    page = client.get("/docs")

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "<style" not in page.text
    assert re.findall(r"<script(?![^>]*\bsrc=)", page.text) == []


def test_other_files_are_not_told(client: FlaskClient) -> None:
    for name in ("docs.html", "..", "VERSION", "swagger-ui.js", "..%2Fdocs.py"):
        assert client.get(f"/docs/{name}").status_code == 404
