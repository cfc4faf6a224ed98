"""The description of each service, against the services themselves and against docs/api.md."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import validate as validate_json
from openapi_spec_validator import validate

from app import create_app
from recs.settings import Settings
from recs.stores import Stores
from tests.app.conftest import add, like, refresh
from workers.counting import Counting

ROLES = ["collector", "recommender"]
API_MD = Path(__file__).parents[2] / "docs" / "api.md"
# The description does not describe itself.
UNTOLD = {("GET", "/openapi.json")}


@pytest.fixture(scope="module", params=ROLES)
def app(request: pytest.FixtureRequest) -> Flask:
    return create_app(request.param, Settings())


@pytest.fixture(scope="module")
def description(app: Flask) -> dict:
    return app.test_client().get("/openapi.json").get_json()


def described(description: dict) -> set[tuple[str, str]]:
    return {
        (method.upper(), path)
        for path, operations in description["paths"].items()
        for method in operations
    }


def test_the_description_is_valid(description: dict) -> None:
    validate(description)


def test_every_route_is_described_and_nothing_else(app: Flask, description: dict) -> None:
    routes = {
        (method, _as_openapi(rule.rule))
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert described(description) == routes - UNTOLD


def test_people_are_told_of_every_operation(description: dict) -> None:
    told = set(re.findall(r"^#+ .*?`(GET|POST|DELETE) (\S+?)`", API_MD.read_text(), re.MULTILINE))

    assert described(description) <= told


def test_people_are_told_every_field_of_a_body(description: dict) -> None:
    text = API_MD.read_text()
    fields = {
        name
        for schema in ("Interaction", "Items")
        for name in description["components"]["schemas"][schema]["properties"]
    }

    assert {name for name in fields if f"`{name}`" not in text} == set()


def test_people_are_told_every_parameter_of_a_query(description: dict) -> None:
    text = API_MD.read_text()
    parameters = {
        parameter["name"]
        for operations in description["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    }

    assert {name for name in parameters if f"`{name}`" not in text} == set()


ANSWERS = [
    ("/recs/{user_id}", "/recs/u?explain=1&after=0"),
    ("/popular", "/popular?explain=1"),
    ("/users/{user_id}/interactions", "/users/u/interactions"),
    ("/items", "/items?ids=a"),
    ("/catalogue", "/catalogue"),
    ("/stats", "/stats"),
    ("/cleanup", "/cleanup"),
    ("/readyz", "/readyz"),
]


@pytest.mark.parametrize("app", ["recommender"], indirect=True)
@pytest.mark.parametrize("has_statistics", [False, True])
@pytest.mark.parametrize(("path", "address"), ANSWERS)
def test_answers_are_as_described(
    description: dict,
    recommender: FlaskClient,
    stores: Stores,
    settings: Settings,
    path: str,
    address: str,
    has_statistics: bool,
) -> None:
    generation = stores.generations.begin()
    add(stores, generation, a=["Drama"], b=["Drama"])
    like(stores, generation, "u", "a")
    if has_statistics:
        Counting(generation, stores, settings).publish_news()
        refresh(recommender)

    answer = recommender.get(address).get_json()

    schema = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    validate_json(answer, schema["schema"])
    assert set(answer) == set(schema["schema"]["properties"])


def _as_openapi(rule: str) -> str:
    """Write a route of Flask as OpenAPI does."""
    two_ids = rule.replace("<id:ids>", "{user_id}/{item_id}")
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", two_ids)
