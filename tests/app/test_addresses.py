"""What an address may hold. No server is needed: it is looked at before anything else."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from flask.testing import FlaskClient

from app import create_app
from recs.settings import Settings
from tests.app.conftest import NOWHERE, is_problem

EVERYWHERE = [
    *("GET /healthcheck", "GET /livez", "GET /readyz", "GET /metrics"),
    *("GET /openapi.json", "GET /docs", "GET /docs/start.js"),
]
ROUTES = {
    "collector": [
        *EVERYWHERE,
        *("POST /interact", "DELETE /interact/u/i", "POST /interactions"),
    ],
    "recommender": [
        *EVERYWHERE,
        *("GET /recs/u", "GET /recs", "POST /recs", "GET /popular", "GET /latest"),
        *("GET /similar/a", "GET /users/u/interactions", "GET /catalogue", "GET /stats"),
        *("GET /items", "POST /items", "POST /add_items", "GET /cleanup", "POST /cleanup"),
        *("GET /items/a", "PUT /items/a", "PATCH /items/a", "DELETE /items/a"),
        *("DELETE /users/u", "GET /users/u/neighbours", "POST /users/u/impressions"),
        "GET /items/a/statistics",
    ],
}


@pytest.fixture
def lonely(start: Callable[..., FlaskClient]) -> FlaskClient:
    """A recommender whose servers are all gone, with one item."""
    client = start("recommender", **NOWHERE)
    client.post("/cleanup")
    client.post("/add_items", json={"item_ids": ["a"], "genres": [["Drama"]]})
    return client


@pytest.fixture
def lonely_collector(start: Callable[..., FlaskClient]) -> FlaskClient:
    return start("collector", **NOWHERE)


def test_every_route_is_tried_here(settings: Settings) -> None:
    for role, tried in ROUTES.items():
        rules = {
            f"{method} {rule.rule}"
            for rule in create_app(role, settings).url_map.iter_rules()
            for method in rule.methods or ()
            if method not in ("HEAD", "OPTIONS")
        }
        assert len(rules) == len(tried)


@pytest.mark.parametrize(
    ("role", "route"), [(role, route) for role, routes in ROUTES.items() for route in routes]
)
def test_a_parameter_that_nobody_knows_is_refused_on_every_route(
    start: Callable[..., FlaskClient], role: str, route: str
) -> None:
    method, path = route.split()

    answer = start(role, **NOWHERE).open(f"{path}?nonsense=1", method=method)

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["nonsense"]


def test_a_refusal_names_the_parameters_that_are_known(lonely: FlaskClient) -> None:
    errors = lonely.get("/recs/t1?genres=1&n=3&genre=Horror&k=3").get_json()["errors"]

    assert list(errors) == ["genres", "n"]
    known = "known here: after, country, exclude, explain, genre, k, kind, peek, without_genre,"
    assert all(known in each for (each,) in errors.values())


def test_a_cleanup_with_a_parameter_cleans_nothing(lonely: FlaskClient) -> None:
    before = lonely.get("/catalogue").get_json()

    assert lonely.get("/cleanup?dry_run=1").status_code == 422
    assert lonely.get("/catalogue").get_json() == before


@pytest.mark.parametrize(
    "query", ["k=3&k=4", "k=", "k", "k=0", "k=-1", "k=ten", "k=1e1", "explain=yes", "explain=true"]
)
def test_a_parameter_that_cannot_be_obeyed_is_refused(lonely: FlaskClient, query: str) -> None:
    answer = lonely.get(f"/recs/t1?{query}")

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == [query.split("=")[0]]


@pytest.mark.parametrize("query", ["", "k=1", "explain=0", "k=1&explain=1", "&", "k=1&"])
def test_parameters_that_are_known_are_obeyed(lonely: FlaskClient, query: str) -> None:
    assert lonely.get(f"/recs/t1?{query}").get_json()["item_ids"] == ["a"]


def test_of_many_unknown_parameters_ten_are_named(lonely: FlaskClient) -> None:
    errors = lonely.get("/recs/t1?" + "&".join(f"x{n}=1" for n in range(500))).get_json()["errors"]

    assert len(errors) == 10


@pytest.mark.parametrize("ids", ["ids=a", "ids=a&ids=b", "ids=b&ids=a&ids=a"])
def test_ids_may_come_more_than_once(lonely: FlaskClient, ids: str) -> None:
    assert lonely.get(f"/items?{ids}").get_json()["items"][0]["item_id"] == "a"


@pytest.mark.parametrize(
    "path", ["/recs/t1/", "/recs/t1//", "/recs//t1", "/recs/a/b", "/users/a/b/interactions"]
)
def test_a_slash_too_many_does_not_make_another_user(lonely: FlaskClient, path: str) -> None:
    answer = lonely.get(path)

    assert is_problem(answer, 404)
    assert "%2F" in answer.get_json()["detail"]


@pytest.mark.parametrize("path", ["/interact/u/i/", "/interact/u//i", "/interact/u/i/j"])
def test_nor_does_it_undo_what_another_user_said(lonely_collector: FlaskClient, path: str) -> None:
    assert is_problem(lonely_collector.delete(path), 404)


def test_an_encoded_route_is_the_same_route(lonely_collector: FlaskClient) -> None:
    sent = {"RAW_URI": "/%69nteract/u/i"}

    answer = lonely_collector.delete("/interact/u/i", environ_overrides=sent)

    assert is_problem(answer, 503)  # it was understood, but there is no broker


@pytest.mark.parametrize("user", ["a%2Fb", "%2F", "t1%2F", "%2F%2F", "a.b", "%3Fx", "a%20b"])
def test_an_encoded_slash_is_a_part_of_the_id(lonely: FlaskClient, user: str) -> None:
    assert lonely.get(f"/recs/{user}").get_json() == {"item_ids": ["a"]}


def test_an_address_with_the_name_of_the_machine_is_the_same(lonely: FlaskClient) -> None:
    whole = {"RAW_URI": "http://127.0.0.1:5001/recs/t1?k=1"}

    assert lonely.get("/recs/t1?k=1", environ_overrides=whole).status_code == 200


@pytest.mark.parametrize("address", ["/recs/anna#2", "/popular#", "/popular?k=1#2"])
def test_a_sign_that_would_cut_an_id_off_is_a_400(lonely: FlaskClient, address: str) -> None:
    """gunicorn passes on no more than /recs/anna, who is another user."""
    answer = lonely.get(address.partition("#")[0], environ_overrides={"RAW_URI": address})

    assert is_problem(answer, 400)
    assert "%23" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "address",
    [
        "/recs/%ff",
        "/recs/a%c3",
        "/users/%e2%28/interactions",
        "/recs/u?k=%ff",
        "/popular?genre=%ff",
        "/popular?user_id=%c3%28",
        "/items?ids=a&ids=%80",
        "/nowhere%ff",
    ],
)
def test_bytes_that_are_no_utf_8_are_a_400(lonely: FlaskClient, address: str) -> None:
    path, _, query = address.partition("?")
    environ: dict[str, Any] = {"RAW_URI": address, "QUERY_STRING": query}
    environ["PATH_INFO"] = _decoded(path)

    assert is_problem(lonely.get(environ_overrides=environ), 400)


def _decoded(path: str) -> str:
    """Return a path as WSGI has it: its bytes as latin-1."""
    return unquote_to_bytes(path).decode("latin-1")


@pytest.mark.parametrize("user", ["фильм", "\N{REPLACEMENT CHARACTER}", "é"])
def test_ids_in_other_letters_are_fine(lonely: FlaskClient, user: str) -> None:
    assert lonely.get(f"/recs/{user}").status_code == 200
    assert lonely.get("/popular", query_string={"genre": user}).get_json() == {"item_ids": []}


@pytest.mark.parametrize("genre", ["Drama", "drama", " DRAMA "])
def test_genres_are_found_however_they_are_spelled(lonely: FlaskClient, genre: str) -> None:
    answer = lonely.get("/popular", query_string={"genre": genre})

    assert answer.get_json() == {"item_ids": ["a"]}


def test_ids_too_many_for_an_address_can_be_posted(lonely: FlaskClient) -> None:
    ids = ["a", *("x" * 500 + str(n) for n in range(100)), 7]

    answer = lonely.post("/items", json={"ids": ids})

    assert answer.get_json() == {"items": [{"item_id": "a", "genres": ["Drama"]}]}


@pytest.mark.parametrize("body", [{}, {"ids": "a"}, {"ids": [""]}, {"ids": [None]}])
def test_posted_ids_are_checked(lonely: FlaskClient, body: dict[str, Any]) -> None:
    answer = lonely.post("/items", json=body)

    assert is_problem(answer, 422)
    assert list(answer.get_json()["errors"]) == ["ids"]
