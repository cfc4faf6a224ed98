"""Operations: the schemas that read what a request brings describe it, too (flask-smorest)."""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from functools import cached_property, wraps
from http import HTTPStatus
from types import MappingProxyType
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
NOTHING_ELSE: Mapping[int, type[Schema]] = MappingProxyType({})

PROBLEM_TYPE = "application/problem+json"
PROBLEMS = {
    400: "The body is not what its type says, or the address is not UTF-8.",
    401: "The token of API_TOKEN is missing or wrong.",
    403: "A page of a foreign origin asks: see CORS_ORIGINS.",
    404: "There is nothing here.",
    409: "The generation of ?generation= is over.",
    413: "The body is longer than 32 MiB.",
    415: "The body has a Content-Encoding that is not read.",
    422: "A field or a parameter is missing, wrong or unknown: see `errors`.",
    429: "More requests than REQUESTS_PER_MINUTE, if that is set.",
    503: "A server behind this one, or the disk, does not do its work: see `detail`.",
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
    "lists": "What to show: to a user, to a group, to a guest, to everybody.",
    "interactions": "What a user did.",
    "batches": "What many users did, in one call.",
    "items": "What can be recommended.",
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
NAME_OF_DESCRIPTION = "description"


def operation(
    answer: type[Schema],
    *problems: int,
    query: type[Schema] | None = None,
    body: type[Schema] | None = None,
    contents: Json | None = None,
    writes: bool = False,
    example: Json | None = None,
    asking: Json | None = None,
    otherwise: Mapping[int, type[Schema]] = NOTHING_ELSE,
) -> Callable[[View], View]:
    """Say what a view takes and answers. It gets `asked` and `body`, as its schemas read them.

    problems: status codes besides those that every such operation may have. contents: of a body
    that the view reads itself, mimetype -> schema and example. writes: it asks for the token.
    example: of an answer. asking: of a body. otherwise: status codes that are no problems, and what
    they answer.
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
        for code, schema in otherwise.items():
            documented = _DOCUMENT.alt_response(code, schema=schema)(documented)
        for code in codes:
            documented = _DOCUMENT.alt_response(code, HTTPStatus(code).name)(documented)
        more: Json = {"security": [{}, {"token": []}]} if writes else {}
        if contents is not None:
            more["requestBody"] = {"required": True, "content": contents}
        documented = _DOCUMENT.doc(operationId=view.__name__, **more)(documented)
        run = _reading(view, query, body)
        run = auth.require_token(run) if writes else run
        run._apidoc = documented._apidoc  # type: ignore[attr-defined]
        setattr(run, PARAMETERS, frozenset(query().fields if query else ()))
        return run

    return describe


def _reading(view: View, query: type[Schema] | None, body: type[Schema] | None) -> View:
    """Return what gives a view what the request brings."""
    if body is not None:
        body_schema, inner = body(), view
        view = wraps(view)(lambda **more: inner(body=parsing.body(body_schema), **more))
    if query is not None:
        read, outer = parsing.QueryReader(query()), view
        return wraps(outer)(lambda **more: outer(asked=read(), **more))
    return view


def document(app: Flask) -> Json:
    """Return the OpenAPI document of an app."""
    description: _Description = app.extensions[NAME_OF_DESCRIPTION]
    return description.document


def describe_alias(app: Flask, path: str, endpoint: str) -> None:
    """Let a GET operation answer at another path, too."""
    app.add_url_rule(path, endpoint)
    app.extensions[NAME_OF_DESCRIPTION].aliases[path] = endpoint


def _id_of(operations: Json, method: str) -> str:
    return str(operations.get(method, {}).get("operationId"))


def register(app: Flask, role: str, settings: Settings, blueprints: Sequence[Blueprint]) -> None:
    """Add these blueprints to an app, described."""
    app.config.update(API_TITLE=f"Kinolenta: {role}", API_VERSION=VERSION, OPENAPI_VERSION="3.1.0")
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.extensions[NAME_OF_DESCRIPTION] = _Description(app, role, settings, blueprints)


class _Description:
    """The OpenAPI document of an app, made when it is first asked for: it takes as long as all else
    in the making of an app, and most processes are never asked."""

    def __init__(
        self, app: Flask, role: str, settings: Settings, blueprints: Sequence[Blueprint]
    ) -> None:
        self.aliases: dict[str, str] = {}
        """Path → endpoint of the operation that answers there, too."""
        self._app, self._role, self._settings, self._blueprints = app, role, settings, blueprints

    @cached_property
    def document(self) -> Json:
        """Describe what the app has by now."""
        api = self._api()
        for blueprint in self._blueprints:
            register: Any = getattr(blueprint, "register_views_in_doc")  # noqa: B009  # see Blueprint
            register(api, self._app, api.spec, name=blueprint.name, parameters=None)
            api.spec.tag({"name": blueprint.name, "description": TAGS[blueprint.name]})
        rules = {rule.rule: rule for rule in self._app.url_map.iter_rules()}
        api.spec.path(rule=rules["/metrics"], operations={"get": deepcopy(METRICS)})
        for path, endpoint in self.aliases.items():
            first = next(self._app.url_map.iter_rules(endpoint)).rule
            operation = deepcopy(api.spec.to_dict()["paths"][first]["get"])
            operation["operationId"] += f"_at_{path.strip('/')}"
            api.spec.path(rule=rules[path], operations={"get": operation})
        described: Json = api.spec.to_dict()
        for operations in described["paths"].values():
            if "post" in operations and _id_of(operations, "get") == _id_of(operations, "post"):
                operations["get"]["operationId"] += "_by_get"
        return described

    def _api(self) -> Api:
        """Return what gathers descriptions, with our own ways of telling fields and ids."""
        own = self._settings.collector if self._role == "collector" else self._settings.recommender
        api = _Api(
            self._app,
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
        converter.attribute_functions.remove(converter.field2default)  # of ours, none is a value
        converter.add_attribute_function(_own_field(self._settings))
        api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
        return api


class _Api(Api):  # type: ignore[misc]  # comes without types
    """Errors are answered by app/problems.py: here they are only described, all as one Problem."""

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
    """Writes the one route of two ids as what it is."""

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
    """Return what describes the kinds of fields that we add to those of marshmallow."""

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
