import logging
from collections.abc import Callable
from functools import partial

import pytest
from flask.testing import FlaskClient

from app import auth
from tests.app.conftest import NOWHERE, is_problem

TOKEN = "open-sesame"
GUARDED = [
    ("collector", "POST", "/interact"),
    ("collector", "DELETE", "/interact/u/a"),
    ("collector", "POST", "/interactions"),
    ("recommender", "POST", "/add_items"),
    ("recommender", "GET", "/cleanup"),
    ("recommender", "POST", "/cleanup"),
    ("recommender", "PUT", "/items/a"),
    ("recommender", "PATCH", "/items/a"),
    ("recommender", "DELETE", "/items/a"),
    ("recommender", "DELETE", "/users/u"),
    ("recommender", "GET", "/users/u/neighbours"),
]
OPEN = [
    ("collector", "/healthcheck"),
    ("recommender", "/healthcheck"),
    ("recommender", "/recs/u"),
    ("recommender", "/popular"),
    ("recommender", "/latest"),
    ("recommender", "/items"),
    ("recommender", "/docs"),
]


Client = Callable[..., FlaskClient]


@pytest.fixture
def client(start: Client) -> Client:
    """Make apps whose servers are all gone: who may call is decided before they are asked."""
    return partial(start, **NOWHERE)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}".encode().decode("latin-1")}


@pytest.mark.parametrize(("role", "method", "path"), GUARDED)
@pytest.mark.parametrize(
    "headers",
    [
        {},
        bearer("wrong"),
        bearer(""),
        bearer(TOKEN + "x"),
        bearer(TOKEN[:-1]),
        {"Authorization": TOKEN.encode().decode("latin-1")},
        {"Authorization": "Basic b3Blbi1zZXNhbWU6"},
        {"Authorization": "Bearer"},
    ],
    ids=repr,
)
def test_without_the_token_nobody_comes_in(
    client: Client, role: str, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = client(role, api_token=TOKEN).open(path, method=method, headers=headers)

    assert is_problem(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(("role", "method", "path"), GUARDED)
def test_the_token_opens(client: Client, role: str, method: str, path: str) -> None:
    with_token = client(role, api_token="open-sesame")

    answer = with_token.open(path, method=method, headers=bearer("open-sesame"))

    assert answer.status_code != 401


@pytest.mark.parametrize("token", ["a=b", "a, b=c", "two words", "=", 'q"', "YWJj=="])
def test_a_token_may_have_any_signs(client: Client, token: str) -> None:
    answer = client("recommender", api_token=token).get("/cleanup", headers=bearer(token))

    assert answer.status_code != 401


@pytest.mark.parametrize(("role", "method", "path"), GUARDED)
def test_without_a_token_set_everybody_may(
    client: Client, role: str, method: str, path: str
) -> None:
    assert client(role).open(path, method=method).status_code != 401


@pytest.mark.parametrize(("role", "path"), OPEN)
def test_reading_needs_no_token(client: Client, role: str, path: str) -> None:
    assert client(role, api_token=TOKEN).get(path).status_code == 200


def test_the_token_is_compared_in_constant_time(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(auth, "compare_digest", lambda a, b: compared.append((a, b)))

    client("recommender", api_token="right").get("/cleanup", headers=bearer("wrong"))

    assert compared == [(b"wrong", b"right")]


def test_the_answer_to_a_wrong_token_does_not_depend_on_how_wrong_it_is(
    client: Client,
) -> None:
    guarded = client("recommender", api_token="right")

    answers = {
        guarded.get("/cleanup", headers=headers).data
        for headers in ({}, bearer("r"), bearer("rig"), bearer("something else"))
    }

    assert len(answers) == 1


def test_the_token_is_never_logged(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    guarded = client("recommender", api_token="s3cret")

    for token in ("s3cret", "s3cret-wrong"):
        guarded.get("/cleanup", headers=bearer(token))
        guarded.post("/add_items", headers=bearer(token), data=b"{")

    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.7", "kino.example"])
def test_a_service_that_strangers_reach_is_open_unless_a_token_is_set(host: str) -> None:
    assert auth.are_open_to_strangers(host, token="")
    assert not auth.are_open_to_strangers(host, token="open-sesame")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "[::1]", "localhost"])
def test_on_this_machine_alone_no_token_is_needed(host: str) -> None:
    assert not auth.are_open_to_strangers(host, token="")
