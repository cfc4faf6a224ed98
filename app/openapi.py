"""The OpenAPI document of a service, from what its views declare (app/describing.py)."""

from copy import deepcopy
from functools import lru_cache
from http import HTTPStatus

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask

from app.addresses import template
from app.answers import Problem
from app.describing import DESCRIBED, OF_ALL
from app.schemas import NAME
from recs.types import Json
from recs.version import VERSION

PROBLEM_TYPE = "application/problem+json"
PROBLEMS = {
    400: "The body is not what its type says, or the address is not UTF-8, or has a #.",
    401: "The token of API_TOKEN is missing or wrong.",
    403: "The request comes from a page of a foreign origin: see CORS_ORIGINS.",
    404: "There is nothing here.",
    409: "The generation of ?generation= has ended.",
    413: "The body is longer than 32 MiB; where no token is asked for, than 4 MiB.",
    415: "The Content-Encoding of the body is not supported.",
    422: "A field or a parameter is missing, wrong or unknown: see `errors`.",
    429: "There were more requests than REQUESTS_PER_MINUTE allows.",
    503: "A server behind this one, or the disk, does not work: see `detail`.",
}
TAGS = {
    "lists": "Lists of items for a user, a group, a guest, or everybody.",
    "interactions": "Interactions of a user.",
    "batches": "Interactions of many users in one call.",
    "items": "Items that can be recommended.",
    "users": "What is known of a user.",
    "service": "Generations and figures.",
    "health": "How the processes are.",
}
METRICS: Json = {
    "summary": "What this service has counted, for Prometheus.",
    "operationId": "metrics",
    "tags": ["health"],
    "responses": {
        "200": {
            "description": "Done.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
        **{str(code): HTTPStatus(code).name for code in OF_ALL},
    },
}


@lru_cache(1)
def document(app: Flask) -> Json:
    """Return the OpenAPI document of an app. Making it takes as long as making the app."""
    with app.app_context():  # `Count` reads a setting
        return _made(app)


def _made(app: Flask) -> Json:
    spec = _without_paths(app)
    operations = [
        (rule, view)
        for rule in app.url_map.iter_rules()
        if hasattr(view := app.view_functions[rule.endpoint], DESCRIBED)
    ]
    tags = {rule.endpoint.partition(".")[0] for rule, _ in operations}
    for name, told in TAGS.items():
        if name in tags:
            spec.tag({"name": name, "description": told})
    for rule, view in operations:
        path = template(rule.rule).replace("<", "{").replace(">", "}")
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        for method in methods:
            tag, _, name = rule.endpoint.partition(".")
            described = deepcopy(getattr(view, DESCRIBED)) | {
                "operationId": f"{name}_by_get" if method == "GET" and methods != ["GET"] else name,
                "tags": [tag],
            }
            spec.path(path, operations={method.lower(): described}, parameters=_ids_in(path))
    spec.path("/metrics", operations={"get": deepcopy(METRICS)})
    made: Json = spec.to_dict()
    return made


def _without_paths(app: Flask) -> APISpec:
    plugin = MarshmallowPlugin()
    spec = APISpec(
        app.config["API_TITLE"],
        VERSION,
        "3.1.0",
        plugins=[plugin],
        info={
            "description": "Recommends films, series, or anything else.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        servers=[
            {"url": "/", "description": "this service"},
            {"url": app.config["API_ADDRESS"], "description": "for programs on this machine"},
        ],
    )
    converter = plugin.converter
    assert converter is not None
    converter.attribute_functions.remove(converter.field2default)  # our defaults are no values
    converter.add_attribute_function(  # type: ignore[no-untyped-call]
        lambda _, field, **__: getattr(field, "described", {})
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", schema=Problem)
    for code, told in PROBLEMS.items():
        content = {PROBLEM_TYPE: {"schema": Problem}}
        spec.components.response(HTTPStatus(code).name, {"description": told, "content": content})
    return spec


def _ids_in(path: str) -> list[Json]:
    return [
        {"name": part[1:-1], "in": "path", "required": True, "schema": NAME}
        for part in path.split("/")
        if part.startswith("{")
    ]
