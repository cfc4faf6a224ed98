"""What proxies say of a request, and when it is believed."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import request
from flask.testing import FlaskClient

from app import create_app, gunicorn_conf
from recs.settings import Settings
from tests.app.conftest import NOWHERE

PROXIED = {
    "X-Forwarded-For": "6.6.6.6, 10.0.0.9, 10.0.0.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "kino.example",
}
QUIET = {"api_token": "open-sesame"}
"""With a token, no visit starts the loading of items, which would go on after the test."""
Start = Callable[..., FlaskClient]


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [
        (0, ["127.0.0.1", "http", "localhost"]),
        (1, ["10.0.0.7", "https", "kino.example"]),
        (2, ["10.0.0.9", "http", "localhost"]),  # only one proxy has said how it was asked
    ],
)
@pytest.mark.parametrize("role", ["collector", "recommender", "page"])
def test_as_many_proxies_are_believed_as_the_setting_says(
    settings: Settings, role: str, proxies: int, seen: list[str]
) -> None:
    app = create_app(role, replace(settings, proxies=proxies, **NOWHERE))
    app.view_functions["health.alive_at_livez"] = lambda: [
        str(request.remote_addr),
        request.scheme,
        request.host,
    ]

    assert app.test_client().get("/livez", headers=PROXIED).get_json() == seen


@pytest.mark.parametrize(
    ("more", "is_secure"),
    [({"proxies": 1}, True), ({"proxies": 0}, False), ({}, False)],
)
def test_the_cookie_of_the_page_is_secure_behind_tls(
    settings: Settings, more: dict[str, Any], is_secure: bool
) -> None:
    page = create_app("page", replace(settings, **QUIET, **more)).test_client()

    cookie = page.get("/", headers=PROXIED).headers["Set-Cookie"]

    assert ("Secure" in cookie) == is_secure
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_behind_a_proxy_without_tls_the_cookie_still_works(settings: Settings) -> None:
    page = create_app("page", replace(settings, **QUIET, proxies=1)).test_client()

    cookie = page.get("/", headers={"X-Forwarded-Proto": "http"}).headers["Set-Cookie"]

    assert "Secure" not in cookie


def test_gunicorn_believes_no_proxy_by_itself() -> None:
    """As shipped, it believes whatever comes from 127.0.0.1."""
    assert gunicorn_conf.forwarded_allow_ips == ""


def test_a_page_behind_a_proxy_is_no_foreign_one(start: Start) -> None:
    recommender = start("recommender", **NOWHERE, proxies=1)
    sent = PROXIED | {"Origin": "https://kino.example"}

    assert recommender.get("/recs/u", headers=sent).status_code == 200
    assert recommender.get("/recs/u", headers=sent | {"Origin": "https://a"}).status_code == 403


def test_forms_of_the_page_work_behind_tls(settings: Settings) -> None:
    """Behind TLS, Flask-WTF also compares the Referer with the host."""
    page = create_app("page", replace(settings, **QUIET, proxies=1)).test_client()
    proxied = PROXIED | {"Origin": "https://kino.example", "Referer": "https://kino.example/"}
    [token] = re.findall(
        r'name="csrf-token" content="([^"]+)"', page.get("/", headers=proxied).text
    )

    def send(**headers: str) -> int:
        sent = proxied | headers
        return page.post("/afresh", data={"csrf_token": token}, headers=sent).status_code

    assert send() == 303
    assert send(Origin="https://evil.example") == 403
