"""What visitors may do where API_TOKEN is set, what foreign pages may, and what HEAD does."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app, gunicorn_conf
from recs.settings import Settings
from tests.app.page.fake_services import FakeServices, end
from tests.app.page.test_session import users
from tests.app.page.test_tabs import card_ids
from tests.waiting import until

PAGES = ["/", "/popular", "/genre?name=Drama", "/liked", "/search?q=jaws", "/status"]
LIKE = {"item_id": "jaws-1975", "action": "like"}


@pytest.fixture
def guarded_app(services: FakeServices, page_settings: Settings) -> Iterator[Flask]:
    """The page in front of services that ask for a token; its catalogue is loaded."""
    app = create_app("page", replace(page_settings, api_token="open-sesame"))
    app.config["WTF_CSRF_ENABLED"] = False
    app.extensions["page"].loader.load_if_empty()
    services.calls.clear()
    yield app
    end(app)


@pytest.fixture
def guarded(guarded_app: Flask) -> FlaskClient:
    client = guarded_app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client


def test_with_a_token_set_no_visitor_writes_the_catalogue(
    guarded: FlaskClient, services: FakeServices
) -> None:
    services.clean_up()
    services.genres = {"theirs": ["Drama"]}

    for _ in range(2):
        assert guarded.post("/catalogue").status_code == 403

    assert services.genres == {"theirs": ["Drama"]}
    assert not any("/add_items" in call for call in services.calls)


def test_with_a_token_set_there_is_no_button_that_would_be_refused(
    guarded: FlaskClient, services: FakeServices
) -> None:
    services.clean_up()

    pages = guarded.get("/").text + guarded.get("/status").text

    assert "The catalogue is empty." in pages
    assert 'action="/catalogue"' not in pages


def test_with_a_token_set_no_visit_starts_the_loading(
    services: FakeServices, page_settings: Settings
) -> None:
    app = create_app("page", replace(page_settings, api_token="open-sesame"))

    for path in PAGES:
        assert app.test_client().get(path).status_code == 200

    assert services.genres == {}
    assert app.extensions["page"].loader.progress().phase == "idle"
    end(app)


def test_with_a_token_set_the_page_loads_its_items_by_itself_when_it_starts(
    services: FakeServices, page_settings: Settings
) -> None:
    app = create_app("page", replace(page_settings, api_token="open-sesame"))

    gunicorn_conf.post_worker_init(SimpleNamespace(wsgi=app))

    assert until(lambda: app.extensions["page"].loader.progress().phase == "done")
    assert len(services.genres) > 300
    end(app)


@pytest.mark.parametrize("path", [*PAGES, "/status/charts", "/api/catalogue"])
def test_with_a_token_set_nobody_looks_as_another_user(
    guarded: FlaskClient, services: FakeServices, path: str
) -> None:
    answer = guarded.get(f"{path}{'&' if '?' in path else '?'}user_id=bob")

    assert answer.status_code == 403
    assert services.calls == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/interactions", LIKE),
        ("/api/cards", {"tab": "for_you", "k": 12}),
        ("/react", {"like": "jaws-1975"}),
        ("/react", {"undo": "jaws-1975"}),
        ("/afresh", {}),
    ],
)
def test_with_a_token_set_nobody_acts_as_another_user(
    guarded: FlaskClient, services: FakeServices, path: str, body: dict[str, object]
) -> None:
    services.interactions = {"bob": {"jaws-1975": "dislike"}}
    sent = {"json": body} if path.startswith("/api/") else {"data": body}

    answer = guarded.post(f"{path}?user_id=bob", **sent)

    assert answer.status_code == 403
    assert services.interactions == {"bob": {"jaws-1975": "dislike"}}
    assert services.calls == []


def test_with_a_token_set_a_visitor_is_still_themselves(
    guarded: FlaskClient, services: FakeServices
) -> None:
    assert len(card_ids(guarded.get("/").text)) == 12
    (own,) = users(services)

    assert guarded.get(f"/?user_id={own}").status_code == 200
    assert guarded.post(f"/api/interactions?user_id={own}", json=LIKE).status_code == 200
    assert services.interactions == {own: {"jaws-1975": "like"}}


# --- Foreign pages

PICTURE = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize(
    "headers",
    [
        PICTURE,
        PICTURE | {"Sec-Fetch-Site": "same-site"},
        LINK | {"Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Origin": "https://evil.example", "Sec-Fetch-Dest": "empty"},
    ],
    ids=repr,
)
@pytest.mark.parametrize("path", PAGES)
def test_a_foreign_page_cannot_ask_for_ours(
    page_settings: Settings, services: FakeServices, path: str, headers: dict[str, str]
) -> None:
    app = create_app("page", page_settings)

    assert app.test_client().get(path, headers=headers).status_code == 403

    assert services.calls == []
    assert app.extensions["page"].loader.progress().phase == "idle"
    end(app)


@pytest.mark.parametrize("path", PAGES)
def test_a_foreign_page_may_link_to_ours(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(path, headers=LINK).status_code == 200


def test_a_link_on_a_foreign_page_uses_up_nobody_elses_list(
    visitor: FlaskClient, services: FakeServices
) -> None:
    assert visitor.get("/?user_id=bob", headers=LINK).status_code == 403
    assert visitor.get("/?user_id=bob", headers={"Sec-Fetch-Site": "none"}).status_code == 200
    assert users(services) == ["bob"]


@pytest.mark.parametrize(
    "path",
    [
        *("/react", "/list", "/welcome", "/afresh", "/afresh/undo", "/together", "/catalogue"),
        *("/api/interactions", "/api/cards", "/api/seen"),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost:3000"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        LINK,
    ],
    ids=repr,
)
def test_a_foreign_page_sends_nothing_even_with_a_csrf_token(
    visitor: FlaskClient, services: FakeServices, path: str, headers: dict[str, str]
) -> None:
    """`visitor` is one of whom no token is asked."""
    assert visitor.post(path, headers=headers, json=LIKE).status_code == 403
    assert services.calls == []


def test_our_own_page_may_send(visitor: FlaskClient, services: FakeServices) -> None:
    ours = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}

    assert visitor.post("/api/interactions", headers=ours, json=LIKE).status_code == 200


# --- HEAD and OPTIONS


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
@pytest.mark.parametrize("query", ["", "?user_id=bob", "?lang=ru"])
def test_head_and_options_ask_no_service_and_start_nothing(
    page_settings: Settings, services: FakeServices, method: str, query: str
) -> None:
    app = create_app("page", page_settings)

    for path in ["/", "/popular", "/genre", "/liked", "/search", "/status", "/api/catalogue"]:
        answer = app.test_client().open(path + query, method=method)
        assert (path, answer.status_code) == (path, 200)
        assert "Set-Cookie" not in answer.headers

    assert services.calls == []
    assert app.extensions["page"].loader.progress().phase == "idle"
    end(app)


@pytest.mark.parametrize("path", ["/react", "/list", "/welcome", "/catalogue", "/api/seen"])
def test_head_of_a_form_is_a_405(visitor: FlaskClient, path: str) -> None:
    assert visitor.head(path).status_code == 405


@pytest.mark.parametrize(
    "path", ["/assets/0000000000/main.js", "/poster?id=jaws-1975", "/healthcheck"]
)
def test_head_of_a_file_tells_what_get_tells(visitor: FlaskClient, path: str) -> None:
    with visitor.head(path) as head, visitor.get(path) as got:
        assert head.status_code == got.status_code == 200
        assert head.headers["Content-Type"] == got.headers["Content-Type"]


# --- Too many requests


def test_a_like_that_came_too_soon_is_kept_by_the_browser(
    visitor: FlaskClient, services: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answered with 503, so that it is sent again; a 400 would have it thrown away."""
    services.down.add("collector")
    services.down_status = 429

    answer = visitor.post("/api/interactions", json=LIKE)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "7"


def test_whoever_asks_too_often_is_told_so(page_settings: Settings) -> None:
    # With a token, no visit starts the loading of items, which would go on after the test.
    app = create_app("page", replace(page_settings, requests_per_minute=1, api_token="open-sesame"))
    client = app.test_client()

    client.get("/status", headers={"Accept-Language": "en"})
    answer = client.get("/status", headers={"Accept-Language": "en"})

    assert answer.status_code == 429
    assert "Too many requests" in answer.text
    end(app)
