"""The short way and the long one answer the same, whatever is asked."""

import json
from collections.abc import Callable
from io import BytesIO
from time import sleep
from typing import Any
from unittest.mock import patch

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError
from werkzeug.test import TestResponse

from app import request_ids
from app.plain_body import plain_interactions
from app.publisher import NOW
from app.schemas import InteractionSchema
from app.short_way import ShortWay
from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.types import ItemId, UserId
from tests.app.conftest import NOWHERE, refresh
from tests.recs.stores.catalogues import add_to

BODY = {"user_id": "u", "item_ids": ["i"], "actions": ["like"]}
OF_ONE_ANSWER = {request_ids.HEADER, "Date"}
Start = Callable[..., FlaskClient]


@pytest.fixture
def recommenders(start: Start, redis_url: str, stores: Stores) -> list[FlaskClient]:
    """One with the short way, and one without, that know the same."""
    generation = stores.generations.current()
    add_to(stores.catalogues.of(generation), [(ItemId(f"i{n}"), None) for n in range(40)])
    return _both(start, "recommender")


@pytest.fixture
def collectors(start: Start, redis_url: str, broker_url: str) -> list[FlaskClient]:
    return _both(start, "collector")


def _both(start: Start, role: str, **more: Any) -> list[FlaskClient]:
    clients = [start(role, **more) for _ in range(2)]
    way: ShortWay = clients[1].application.extensions["short_way"]
    way.kind = None
    if role == "recommender":
        for each in clients:
            refresh(each)
            assert each.get("/recs/somebody").status_code == 200  # the first one shows the headers
    else:
        for each in clients:
            each.post("/interact", json=BODY)
    return clients


def told(answer: TestResponse) -> tuple[int, dict[str, str], Any]:
    """Return status, headers and body, without what differs from answer to answer."""
    headers = {name: value for name, value in answer.headers if name not in OF_ONE_ANSWER}
    assert answer.headers[request_ids.HEADER]
    if (answer.mimetype or "").endswith("json") and answer.data:
        body = dict(answer.get_json())
        if "after" in body:
            body["after"] = 0
        return answer.status_code, headers, body
    return answer.status_code, headers, answer.data


def goes_long(client: FlaskClient, ask: Callable[[FlaskClient], TestResponse]) -> bool:
    """Say whether Flask dispatches a request."""
    with patch.object(client.application, "full_dispatch_request", wraps=None) as dispatch:
        dispatch.side_effect = client.application.__class__.full_dispatch_request.__get__(
            client.application
        )
        ask(client)
    return bool(dispatch.called)


# Lists

PATHS = [
    "/recs/new", "/recs/a.b_c~d@e:f-1", "/recs/.", "/recs/..", "/recs/", "/recs", "/recs/a/b",
    "/recs/a%2Fb", "/recs/%61", "/recs/a%20b", "/recs/a+b", "/recs/%00", "/recs/%FF", "/recs/é",
    "/recs/" + "a" * 512, "/recs/" + "a" * 513, "/recs//a", "//recs/a", "/recs/a?", "/recs/a?k=3",
    "/recs/a?k=0", "/recs/a?explain=1", "/recs/a?unknown=1", "/recs/a;b", "/RECS/a", "/nothing",
]  # fmt: skip
HEADERS: list[dict[str, str]] = [
    {}, {"Host": "localhost:5001"}, {"Host": "a b"}, {"Host": "k/x"}, {"Host": ""},
    {"Origin": "http://evil"}, {"Referer": "http://evil/"}, {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-origin"}, {"Accept-Language": "de"}, {"X-Forwarded-Host": "a b"},
    {"X-Forwarded-Prefix": "/x"}, {"Accept": "text/html"}, {"Authorization": "Bearer x"},
    {"Content-Length": "5"}, {"X-Request-ID": "mine"},
]  # fmt: skip
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]


@pytest.mark.parametrize("path", PATHS)
def test_lists_are_the_same_at_odd_addresses(recommenders: list[FlaskClient], path: str) -> None:
    short, long = (told(each.get(path)) for each in recommenders)

    assert _shape(short) == _shape(long)


@pytest.mark.parametrize("number", range(len(HEADERS)))
def test_lists_are_the_same_with_odd_headers(recommenders: list[FlaskClient], number: int) -> None:
    short, long = (told(each.get("/recs/new", headers=HEADERS[number])) for each in recommenders)

    assert _shape(short) == _shape(long)


@pytest.mark.parametrize("method", METHODS)
def test_lists_are_the_same_by_odd_methods(recommenders: list[FlaskClient], method: str) -> None:
    short, long = (told(each.open("/recs/new", method=method)) for each in recommenders)

    assert _shape(short) == _shape(long)


def _shape(answer: tuple[int, dict[str, str], Any]) -> tuple[int, dict[str, str], Any]:
    """Items differ from list to list; how many there are does not."""
    status, headers, body = answer
    if isinstance(body, dict) and "item_ids" in body:
        headers = {name: value for name, value in headers.items() if name != "Content-Length"}
        return status, headers, {name: len(value) for name, value in body.items()}
    return answer


def test_a_plain_list_goes_the_short_way(recommenders: list[FlaskClient]) -> None:
    assert not goes_long(recommenders[0], lambda client: client.get("/recs/new"))
    assert goes_long(recommenders[0], lambda client: client.get("/recs/new?k=10"))
    assert goes_long(recommenders[0], lambda client: client.get("/recs/%61"))
    assert goes_long(recommenders[1], lambda client: client.get("/recs/new"))


def test_both_ways_serve_and_record_the_same(
    recommenders: list[FlaskClient], stores: Stores
) -> None:
    generation = stores.generations.current()
    users = [UserId("short"), UserId("long")]
    for user in users:
        stores.users.record(generation, [(user, 3, 1, 1.0)])
    bodies = [
        [client.get(f"/recs/{user}").get_json() for _ in range(3)]
        for client, user in zip(recommenders, users, strict=True)
    ]
    short, long = stores.users.states(generation, users)

    assert bodies[0] == bodies[1]
    assert short.shown.tolist() == long.shown.tolist()
    assert short.shown.tolist()


@pytest.mark.parametrize("more", [{"access_log": 1}, {"requests_per_minute": 1_000}])
def test_what_looks_at_each_request_sees_each(
    start: Start, redis_url: str, more: dict[str, Any]
) -> None:
    client = start("recommender", **more)
    client.get("/recs/u")

    assert goes_long(client, lambda client: client.get("/recs/u"))


def test_cors_is_told_on_both_ways(start: Start, redis_url: str) -> None:
    for origins in ("*", "https://a.example"):
        clients = _both(start, "recommender", cors_origins=origins)
        short, long = (told(each.get("/recs/u")) for each in clients)
        assert _shape(short) == _shape(long)


def test_requests_of_both_ways_are_counted(recommenders: list[FlaskClient]) -> None:
    wanted = b'method="GET",route="/recs/<user_id>",service="recommender",status="200"} 3.0'
    for each in recommenders:
        each.get("/recs/a")
        each.get("/recs/b")
        assert wanted in each.get("/metrics").data


def test_a_redis_that_is_away_is_no_error_on_both_ways(start: Start) -> None:
    short, long = (start("recommender", **NOWHERE) for _ in range(2))
    long.application.extensions["short_way"].kind = None
    for _ in range(3):
        assert _shape(told(short.get("/recs/u"))) == _shape(told(long.get("/recs/u")))


# Interactions

ODD: list[Any] = [
    BODY,
    BODY | {"timestamp": None},
    BODY | {"timestamp": 1.5},
    BODY | {"timestamp": 1},
    BODY | {"timestamp": -1.0},
    BODY | {"timestamp": 1e12},
    BODY | {"timestamp": True},
    BODY | {"timestamp": "1"},
    BODY | {"user_id": 5},
    BODY | {"user_id": ""},
    BODY | {"user_id": "\x00"},
    BODY | {"user_id": "ü" * 300},
    BODY | {"user_id": None},
    BODY | {"item_ids": []},
    BODY | {"item_ids": [], "actions": []},
    BODY | {"item_ids": "i"},
    BODY | {"item_ids": [1]},
    BODY | {"actions": ["hate"]},
    BODY | {"actions": ["undo"]},
    BODY | {"actions": [["like"]]},
    BODY | {"actions": [None]},
    BODY | {"more": 1},
    {"user_id": "u"},
    [],
    "u",
]
BODIES: list[bytes] = [json.dumps(each).encode() for each in ODD] + [
    b"",
    b"{",
    b"\xff",
    b'{"user_id": NaN}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_interactions_are_taken_alike(collectors: list[FlaskClient], number: int) -> None:
    short, long = (told(each.post("/interact", data=BODIES[number])) for each in collectors)

    assert _without_length(short) == _without_length(long)


@pytest.mark.parametrize("number", range(len(HEADERS)))
def test_interactions_are_taken_alike_with_odd_headers(
    collectors: list[FlaskClient], number: int
) -> None:
    headers = {k: v for k, v in HEADERS[number].items() if k != "Content-Length"}
    encodings: list[dict[str, str]] = [
        {},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "identity"},
    ]
    for encoding in encodings:
        short, long = (
            told(each.post("/interact", json=BODY, headers=headers | encoding))
            for each in collectors
        )

        assert _without_length(short) == _without_length(long)


def test_a_plain_interaction_goes_the_short_way(collectors: list[FlaskClient]) -> None:
    assert not goes_long(collectors[0], lambda client: client.post("/interact", json=BODY))
    odd = BODY | {"user_id": 5}
    assert goes_long(collectors[0], lambda client: client.post("/interact", json=odd))


def test_the_time_in_which_a_body_comes_counts_on_both_ways(
    collectors: list[FlaskClient],
) -> None:
    body = json.dumps(BODY).encode()

    class Slow(BytesIO):
        def read(self, *size: int | None) -> bytes:
            sleep(0.01)
            return super().read(*size)

        def readinto(self, buffer: Any) -> int:
            sleep(0.01)
            return super().readinto(buffer)

    for each in collectors:
        notes = each.application.extensions["metrics"]._answered
        notes.clear()
        each.post("/interact", input_stream=Slow(body), content_length=len(body))
        [(asked, seconds)] = notes

        assert asked == ("POST", "/interact", 200)
        assert seconds > 0.01


def test_a_token_is_asked_for(start: Start, redis_url: str, broker_url: str) -> None:
    client = start("collector", api_token="secret")
    good = {"Authorization": "Bearer secret"}

    for _ in range(2):
        assert client.post("/interact", json=BODY, headers=good).status_code == 200
    for bad in ({}, {"Authorization": "Bearer other"}, {"Authorization": "secret"}):
        assert client.post("/interact", json=BODY, headers=bad).status_code == 401
    assert not goes_long(client, lambda client: client.post("/interact", json=BODY, headers=good))


def test_a_broker_that_is_away_is_told_alike(start: Start, redis_url: str) -> None:
    short, long = (start("collector", broker_url=NOWHERE["broker_url"]) for _ in range(2))
    short.application.extensions["short_way"]._headers = []  # as if it had answered before
    long.application.extensions["short_way"].kind = None

    answers = [told(each.post("/interact", json=BODY)) for each in (short, long)]

    assert answers[0] == answers[1]
    assert answers[0][0] == 503
    assert b'reason="service_unavailable"} 1.0' in short.get("/metrics").data


def _without_length(answer: tuple[int, dict[str, str], Any]) -> tuple[int, dict[str, str], Any]:
    status, headers, body = answer
    return status, {k: v for k, v in headers.items() if k != "Content-Length"}, body


# What is read without the schema

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
ids = st.text(min_size=1, max_size=5) | anything
bodies = st.fixed_dictionaries(
    {
        "user_id": ids,
        "item_ids": st.lists(ids, max_size=3) | anything,
        "actions": st.lists(st.sampled_from(["like", "dislike", "watched"]) | anything, max_size=3)
        | anything,
    },
    optional={"timestamp": st.floats(0, 2e9) | anything, "other": anything},
)


@pytest.mark.slow
@given(bodies)
def test_what_is_plain_the_schema_reads_the_same(body: Any) -> None:
    found = plain_interactions(json.dumps(body).encode())
    if found is not None:
        assert found == _by_schema(body)


@given(
    st.text("abcé-", min_size=1, max_size=9),
    st.lists(
        st.tuples(st.text("xyz", min_size=1), st.sampled_from(["like", "dislike"])), max_size=5
    ),
    st.none() | st.floats(0, 1.7e9),
)
def test_what_programs_send_is_plain(
    user: str, pairs: list[tuple[str, str]], timestamp: float | None
) -> None:
    body = {"user_id": user, "item_ids": [i for i, _ in pairs], "actions": [a for _, a in pairs]}
    found = plain_interactions(json.dumps(body | {"timestamp": timestamp}).encode())

    assert found == (_by_schema(body | {"timestamp": timestamp}) or None)


def _by_schema(body: dict[str, Any]) -> list[Interaction] | None:
    try:
        read = InteractionSchema().load(json.loads(json.dumps(body)))
    except ValidationError:
        return None
    at = NOW if read["timestamp"] is None else read["timestamp"]
    return [
        Interaction(UserId(read["user_id"]), ItemId(item), Action(action), at)
        for item, action in zip(read["item_ids"], read["actions"], strict=True)
    ]
