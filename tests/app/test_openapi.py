"""The description of each service, against the services themselves and against docs/api.md.

Every answer of every test of this folder is held against it, too: see `check_answers`.
"""

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
from recs.types import ItemId
from recs.version import VERSION
from tests.app.conftest import like, refresh
from tests.app.described import resolved
from workers.counting import Counting

ROLES = ["collector", "recommender"]
API_MD = Path(__file__).parents[2] / "docs" / "api.md"
# The description does not describe itself.
UNTOLD = {("GET", "/openapi.json"), ("GET", "/docs"), ("GET", "/docs/{name}")}
BODIES = {"Interaction", "Items", "ItemAttributes", "ItemIds", "Guest"}
OF_PROBLEMS = "application/problem+json"


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
        if method != "parameters"
    }


def test_the_description_is_valid(description: dict) -> None:
    validate(description)
    assert description["info"]["version"] == VERSION


def test_every_route_is_described_and_nothing_else(app: Flask, description: dict) -> None:
    routes = {
        (method, _as_openapi(rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert described(description) == routes - UNTOLD


def test_people_are_told_of_every_operation(description: dict) -> None:
    told = set(
        re.findall(r"^#+ .*?`(GET|POST|PUT|PATCH|DELETE) (\S+?)`", API_MD.read_text(), re.MULTILINE)
    )

    assert described(description) <= told


def test_people_are_told_every_field_of_a_body(description: dict) -> None:
    text = API_MD.read_text()
    fields = {
        name
        for schema in BODIES & description["components"]["schemas"].keys()
        for name in description["components"]["schemas"][schema]["properties"]
    }

    assert {name for name in fields if f"`{name}`" not in text} == set()


def test_people_are_told_every_parameter_of_a_query(description: dict) -> None:
    text = API_MD.read_text()
    parameters = {
        parameter["name"]
        for operation in operations_of(description)
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    }

    assert {name for name in parameters if f"`{name}`" not in text} == set()


def operations_of(description: dict) -> list[dict]:
    return [
        operation
        for operations in description["paths"].values()
        for method, operation in operations.items()
        if method != "parameters"
    ]


def test_every_operation_has_an_id_of_its_own_a_tag_and_a_summary(description: dict) -> None:
    operations = operations_of(description)
    ids = [operation["operationId"] for operation in operations]
    tags = {tag["name"] for tag in description["tags"]}

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("[a-z_]+", each) for each in ids)
    assert all(set(operation["tags"]) <= tags and operation["summary"] for operation in operations)
    assert all(tag["description"] for tag in description["tags"])


def test_all_problems_are_one(description: dict) -> None:
    """An error is described by name, and all of them have the same shape."""
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for operation in operations_of(description):
        for status, answer in operation["responses"].items():
            if status not in ("200", "503"):
                assert answer.keys() == {"$ref"}
    for answer in description["components"]["responses"].values():
        assert answer["content"] == {OF_PROBLEMS: problem}


def test_every_body_has_an_example_that_its_schema_allows(description: dict) -> None:
    for operation in operations_of(description):
        if "requestBody" in operation:
            for content in operation["requestBody"]["content"].values():
                validate_json(content["example"], resolved(description, content["schema"]))


def test_examples_of_answers_are_answers(description: dict) -> None:
    for operation in operations_of(description):
        (content,) = operation["responses"]["200"]["content"].values()
        if "example" in content:
            validate_json(content["example"], resolved(description, content["schema"]))


def test_programs_find_the_service(description: dict) -> None:
    assert description["servers"][0]["url"] == "/"
    assert all(server["description"] for server in description["servers"])


@pytest.mark.parametrize("app", ["recommender"], indirect=True)
@pytest.mark.parametrize("has_statistics", [False, True])
@pytest.mark.parametrize(
    ("path", "address", "optional"),
    [
        ("/recs/{user_id}", "/recs/u?explain=1&after=0", {"ignored"}),
        ("/recs", "/recs?users=u,v&explain=1", {"ignored"}),
        ("/popular", "/popular?explain=1", {"ignored"}),
        ("/latest", "/latest", {"ignored", "items"}),
        ("/similar/{item_id}", "/similar/a", set()),
        ("/users/{user_id}/interactions", "/users/u/interactions?limit=1", set()),
        ("/items", "/items?limit=1", {"ignored"}),
        ("/items/{item_id}", "/items/a", set()),
        ("/catalogue", "/catalogue", set()),
        ("/stats", "/stats", set()),
        ("/cleanup", "/cleanup", set()),
        ("/readyz", "/readyz", set()),
    ],
)
def test_answers_have_every_field_that_is_described(
    description: dict,
    recommender: FlaskClient,
    stores: Stores,
    path: str,
    address: str,
    optional: set[str],
    has_statistics: bool,
) -> None:
    generation = stores.generations.begin()
    told = {
        "title": "A", "year": 1, "kind": "film", "description": "B", "link": "https://c.example/",
        "genres": ["Drama"], "countries": ["USA"], "people": ["D"],
    }  # fmt: skip
    catalogue = stores.catalogues.of(generation)
    catalogue.change([(ItemId(item), told) for item in "abc"])
    like(stores, generation, "u", "a", "b")
    if has_statistics:
        Counting(generation, stores).publish_news()
        refresh(recommender)
    if path == "/items/{item_id}":
        catalogue.change([(ItemId("a"), {"hidden": True})])

    answer = recommender.get(address).get_json()

    content = description["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
    schema = resolved(description, content["schema"])
    validate_json(answer, schema)
    assert set(answer) == set(schema["properties"]) - optional


def _as_openapi(rule: str) -> str:
    """Write a route of Flask as OpenAPI does."""
    two_ids = rule.replace("<id:ids>", "{user_id}/{item_id}")
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", two_ids)
