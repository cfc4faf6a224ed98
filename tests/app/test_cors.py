"""Which pages may read answers, and send JSON."""

import re
from collections.abc import Callable
from functools import partial

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from recs.settings import Settings
from tests.app.conftest import NOWHERE
from tests.servers.service import ROOT

Client = Callable[..., FlaskClient]

ORIGINS = "https://kino.example/, http://localhost:3000"
LISTED = ["https://kino.example", "http://localhost:3000"]
READ = [
    ("collector", "/healthcheck"),
    ("recommender", "/healthcheck"),
    ("recommender", "/recs/u"),
    ("recommender", "/popular"),
]
DOCUMENTED = r"^CORS_ORIGINS=(\S+) make run$"


@pytest.fixture
def client(start: Client) -> Client:
    """Make apps whose servers are all gone."""
    return partial(start, **NOWHERE)


def preflight(client: FlaskClient, path: str, origin: str, method: str = "POST") -> TestResponse:
    """Ask what a browser asks before jQuery's $.ajax({contentType: "application/json"})."""
    return client.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": "content-type",
            "Sec-Fetch-Site": "same-site",
            "Sec-Fetch-Mode": "cors",
            "Sec-Fetch-Dest": "empty",
        },
    )


def lets_in(answer: TestResponse, method: str, *headers: str) -> bool:
    """Say whether a browser would send the request after this preflight."""
    allowed = answer.headers.get("Access-Control-Allow-Headers", "").lower().split(", ")
    return (
        answer.status_code == 200
        and answer.headers.get("Access-Control-Allow-Origin", "") != ""
        and method in answer.headers.get("Access-Control-Allow-Methods", "").split(", ")
        and set(headers) <= set(allowed)
    )


@pytest.mark.parametrize("origin", LISTED)
@pytest.mark.parametrize(("role", "path"), READ)
def test_pages_of_listed_origins_may_read(
    client: Client, role: str, path: str, origin: str
) -> None:
    answer = client(role, cors_origins=ORIGINS).get(path, headers={"Origin": origin})

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "https://kino.example.evil", "null", "", "http://kino.example", "*"],
)
def test_pages_of_other_origins_may_not_read(client: Client, origin: str) -> None:
    answer = client("recommender", cors_origins=ORIGINS).get("/popular", headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize("path", ["/recs/u", "/popular", "/healthcheck"])
def test_without_listed_origins_no_page_may_read(client: Client, path: str) -> None:
    answer = client("recommender").get(path, headers={"Origin": "https://a.example"})

    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("origin", ["https://a.example", "http://localhost:8080", "null", None])
@pytest.mark.parametrize("text", ["*", "*,https://kino.example"])
def test_a_star_lets_every_page_read(client: Client, text: str, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}

    answer = client("recommender", cors_origins=text).get("/recs/u", headers=headers)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("text", [ORIGINS, "*"])
@pytest.mark.parametrize(
    ("role", "path", "method"),
    [
        ("collector", "/interact", "POST"),
        ("collector", "/interact/u/a", "DELETE"),
        ("recommender", "/add_items", "POST"),
        ("recommender", "/recs/u", "GET"),
    ],
)
def test_a_browser_may_ask_first_without_the_token(
    client: Client, role: str, path: str, method: str, text: str
) -> None:
    guarded = client(role, cors_origins=text, api_token="open-sesame")

    answer = preflight(guarded, path, LISTED[0], method)

    assert lets_in(answer, method, "content-type", "authorization", "x-requested-with")


def test_a_browser_of_an_origin_that_is_not_listed_is_not_let_in(client: Client) -> None:
    answer = preflight(client("collector", cors_origins=ORIGINS), "/interact", "http://a.example")

    assert not lets_in(answer, "POST")


def test_jquery_of_another_port_is_let_in_by_the_line_of_the_documentation(
    client: Client,
) -> None:
    [origin] = re.findall(DOCUMENTED, (ROOT / "docs" / "security.md").read_text(), re.MULTILINE)
    text = Settings.from_env({"CORS_ORIGINS": origin}).cors_origins
    sent = {"Origin": origin, "Sec-Fetch-Site": "same-site", "Content-Type": "application/json"}

    collector = client("collector", cors_origins=text)
    assert lets_in(preflight(collector, "/interact", origin), "POST", "content-type")
    answer = collector.post("/interact", data=b"{}", headers=sent)
    assert answer.status_code == 422  # it was read
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert client("recommender", cors_origins=text).get("/recs/u", headers=sent).status_code == 200


def test_errors_carry_the_origin_too(client: Client) -> None:
    answer = client("collector", cors_origins=ORIGINS).post(
        "/interact", data=b"{", headers={"Origin": LISTED[0]}
    )

    assert answer.status_code == 400
    assert answer.headers["Access-Control-Allow-Origin"] == LISTED[0]


def test_no_page_may_send_what_a_browser_keeps_for_the_service(client: Client) -> None:
    for text in (ORIGINS, "*"):
        answer = preflight(client("collector", cors_origins=text), "/interact", LISTED[0])
        assert "Access-Control-Allow-Credentials" not in answer.headers
