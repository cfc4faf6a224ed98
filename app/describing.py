"""Operations: one schema reads a request and describes it in OpenAPI (flask-smorest)."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from functools import cache, partial, wraps
from http import HTTPStatus
from math import inf
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_smorest import Api
from flask_smorest.spec.plugins import FlaskPlugin
from marshmallow import Schema
from marshmallow.fields import Field

from app import auth, parsing
from app.addresses import PARAMETERS
from app.answers import Problem
from app.item_schemas import Flag, Text, Year
from app.queries import NAMES_MOST, Count, Decimal, Name, Names, Number, Switch, Years
from app.schemas import GENRES_MOST, Bounded, GenreNames, Id, Timestamp
from recs.attributes import YEAR_MOST
from recs.interactions import ID_BYTES_MOST
from recs.settings import Settings
from recs.types import Json
from recs.version import VERSION

if TYPE_CHECKING:
    from flask import Blueprint  # flask-smorest comes without types
else:
    from flask_smorest import Blueprint

__all__ = ["Blueprint"]

View = Callable[..., ResponseReturnValue]

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
OF_ALL = (400, 422, 429)
OF_BODIES = (413, 415)
OF_WRITERS = (401, 403)
NAME: Json = {
    "type": "string",
    "minLength": 1,
    "maxLength": ID_BYTES_MOST,
    "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$",
    "description": f"at most {ID_BYTES_MOST} bytes of UTF-8, no control characters",
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
_DOCUMENT: Any = Blueprint("document", __name__)


def operation(
    answer: type[Schema],
    *problems: int,
    query: type[Schema] | None = None,
    body: type[Schema] | None = None,
    contents: Json | None = None,
    writes: bool = False,
    example: Json | None = None,
    asking: Json | None = None,
    unready: type[Schema] | None = None,
) -> Callable[[View], View]:
    """Declare what a view takes and answers. It gets `asked` and `body`, as its schemas read them.

    problems: status codes besides those that every such operation may have. contents: of a body
    that the view reads itself, mimetype -> schema and example. writes: it asks for the token.
    example: of an answer. asking: example of a body. unready: what a 503 answers, if no Problem.
    """
    codes = {
        *OF_ALL,
        *problems,
        *(OF_WRITERS if writes else ()),
        *(OF_BODIES if body or contents else ()),
    }

    def describe(view: View) -> View:
        documented = view
        if query is not None:
            documented = _DOCUMENT.arguments(query, location="query")(documented)
        if body is not None:
            documented = _DOCUMENT.arguments(body, example=asking)(documented)
        documented = _DOCUMENT.response(200, answer, description="Done.", example=example)(
            documented
        )
        if unready is not None:
            documented = _DOCUMENT.alt_response(503, schema=unready)(documented)
        for code in codes:
            documented = _DOCUMENT.alt_response(code, HTTPStatus(code).name)(documented)
        more: Json = {"security": [{}, {"token": []}]} if writes else {}
        if contents is not None:
            more["requestBody"] = {"required": True, "content": contents}
        documented = _DOCUMENT.doc(operationId=view.__name__, **more)(documented)
        run = _reading(view, query, body, None if writes else parsing.OPEN_BYTES_MOST)
        run = auth.require_token(run) if writes else run
        run._apidoc = documented._apidoc  # type: ignore[attr-defined]
        parameters = query().fields if query else {}
        times = {name: inf if isinstance(each, Names) else 1 for name, each in parameters.items()}
        setattr(run, PARAMETERS, times)
        return run

    return describe


def _reading(
    view: View, query: type[Schema] | None, body: type[Schema] | None, bytes_most: int | None
) -> View:
    """Return a view that reads the request and passes on what it brings.

    bytes_most: of its body; None for the limit of the app.
    """
    if body is not None:
        schema, inner = body(), view
        view = wraps(view)(lambda **more: inner(body=parsing.body(schema, bytes_most), **more))
    if query is not None:
        read, outer = parsing.query_reader(query()), view
        return wraps(outer)(lambda **more: outer(asked=read(), **more))
    return view


def document(app: Flask) -> Json:
    """Return the OpenAPI document of an app."""
    described: Json = app.extensions["document"]()
    return described


def register(app: Flask, role: str, settings: Settings, blueprints: Sequence[Blueprint]) -> None:
    """Add these blueprints to an app, and the description of their operations."""
    app.config.update(API_TITLE=f"Kinolenta: {role}", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    # Made when it is first asked for: it takes as long as the rest of the app, and most processes
    # are never asked.
    app.extensions["document"] = cache(partial(_describe, app, role, settings, blueprints))


def _describe(app: Flask, role: str, settings: Settings, blueprints: Sequence[Blueprint]) -> Json:
    """Make the OpenAPI document of what an app has by now."""
    api = _api(app, role, settings)
    for blueprint in blueprints:
        register: Any = getattr(blueprint, "register_views_in_doc")  # noqa: B009  # see Blueprint
        register(api, app, api.spec, name=blueprint.name, parameters=None)
        api.spec.tag({"name": blueprint.name, "description": TAGS[blueprint.name]})
    api.spec.path(
        rule=next(app.url_map.iter_rules("metrics")), operations={"get": deepcopy(METRICS)}
    )
    described: Json = api.spec.to_dict()
    for operations in described["paths"].values():
        get, post = operations.get("get"), operations.get("post")
        if get and post and get["operationId"] == post["operationId"]:
            get["operationId"] += "_by_get"
    return described


def _api(app: Flask, role: str, settings: Settings) -> Api:
    """Return what gathers descriptions, with our own ways to describe fields and ids."""
    own = settings.collector if role == "collector" else settings.recommender
    api = _Api(
        app,
        spec_kwargs={
            "flask_plugin": _Paths(),
            "info": {
                "description": "Recommends films, series, or anything else.",
                "license": {"name": "MIT", "identifier": "MIT"},
            },
            "servers": [
                {"url": "/", "description": "this service"},
                {"url": own, "description": "for programs on this machine"},
            ],
        },
    )
    api.register_converter(parsing.IdConverter, lambda _: dict(NAME))
    converter = api.ma_plugin.converter
    converter.attribute_functions.remove(converter.field2default)  # our defaults are no values
    converter.add_attribute_function(_own_field(settings))
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    return api


class _Api(Api):  # type: ignore[misc]  # comes without types
    """Describes all errors as one Problem. app/problems.py answers with them."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def _register_responses(self) -> None:
        self.spec.components.schema("Problem", schema=Problem)
        for code, told in PROBLEMS.items():
            content = {PROBLEM_TYPE: {"schema": Problem}}
            self.spec.components.response(
                HTTPStatus(code).name, {"description": told, "content": content}
            )

    def _register_error_handlers(self) -> None:
        pass


class _Paths(FlaskPlugin):  # type: ignore[misc]  # comes without types
    """Describes the one route with two ids with a parameter for each."""

    TWO_IDS = "ids"

    def path_helper(self, rule: Any, *args: Any, **kwargs: Any) -> str:
        path: str = super().path_helper(rule, *args, **kwargs)
        return path.replace(f"{{{self.TWO_IDS}}}", "{user_id}/{item_id}")

    def rule_to_params(self, rule: Any) -> list[Json]:
        found: list[Json] = super().rule_to_params(rule)
        if [each["name"] for each in found] != [self.TWO_IDS]:
            return found
        return [found[0] | {"name": name} for name in ("user_id", "item_id")]


def _own_field(settings: Settings) -> Callable[..., Json]:
    """Return a function that describes our own kinds of fields."""

    def describe(_: object, field: Field[Any], **__: object) -> Json:
        match field:
            case Id():
                return NAME | {"type": ["string", "integer"]}
            case GenreNames():
                name = {"type": ["string", "integer", "null"]}
                return {"type": ["array", "null"], "items": name, "maxItems": GENRES_MOST}
            case Timestamp():
                told = {"minimum": 0, "description": "seconds since 1970; by default now"}
                return {"type": ["number", "null"]} | told
            case Text():
                return {"type": ["string", "null"], "maxLength": field.most}
            case Year():
                return {"type": ["integer", "null"], "minimum": 1, "maximum": YEAR_MOST}
            case Flag():
                return {"type": ["boolean", "null"]}
            case Count():
                most = settings.list_size_most
                return {"type": "integer", "minimum": 1, "maximum": most}
            case Names():
                return {"type": "array", "items": NAME, "maxItems": NAMES_MOST}
            case Name():
                return dict(NAME)
            case Decimal():
                return {"type": "number"}
            case Number():
                return {"type": "integer", "minimum": field.least, "maximum": field.most}
            case Switch():
                return {"type": "string", "enum": ["0", "1"]}
            case Years():
                return {"type": "string", "pattern": Years.PATTERN}
            case Bounded():
                return {"maxItems": field.most}
        return {}

    return describe
