"""What a service offers, for machines: OpenAPI 3.1 at /openapi.json. In words: docs/api.md.

The bodies come from app/schemas.py, which checks them, so they cannot be described wrongly.
"""

from functools import cache

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from marshmallow.fields import Field

from app.item_schemas import Flag, Items, Text, Year
from app.schemas import GENRES_MOST, Bounded, GenreNames, Id, InteractionSchema, ItemIds, Timestamp
from recs.attributes import YEAR_MOST
from recs.interactions import ID_BYTES_MOST
from recs.settings import Settings
from recs.types import Json

TEXT: Json = {"type": "string"}
WHOLE: Json = {"type": "integer", "minimum": 0}
TRUTH: Json = {"type": "boolean"}
MAYBE: Json = {"type": ["number", "null"]}
NAME: Json = {
    "type": "string",
    "minLength": 1,
    "maxLength": ID_BYTES_MOST,
    "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f]+$",
    "description": f"at most {ID_BYTES_MOST} bytes of UTF-8, no control characters",
}
AFTER = WHOLE | {
    "description": "what /interact answered: waits up to 200 ms until the list is ranked with it, "
    "and adds `ranked`, whether it was"
}
ID = NAME | {"type": ["string", "integer"]}
OPEN_OR_TOKEN: list[Json] = [{}, {"token": []}]


def register(app: Flask, role: str, settings: Settings) -> None:
    """Serve the description of this app."""

    @cache
    def description() -> Json:
        return describe(role, settings)

    @app.get("/openapi.json")
    def openapi() -> ResponseReturnValue:
        return jsonify(description())


def describe(role: str, settings: Settings) -> Json:
    """Return the OpenAPI document of the collector or of the recommender."""
    marshmallow = MarshmallowPlugin()
    spec = APISpec(
        title=f"Kinolenta: {role}",
        version="1",
        openapi_version="3.1.0",
        plugins=[marshmallow],
        info={"description": "Recommends films and series. See docs/api.md."},
    )
    assert marshmallow.converter is not None  # made by APISpec
    marshmallow.converter.add_attribute_function(_own_field)  # type: ignore[no-untyped-call]
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", PROBLEM)
    spec.components.schema("Interaction", schema=InteractionSchema)
    spec.components.schema("Items", schema=Items)
    spec.components.schema("ItemIds", schema=ItemIds)
    paths = COLLECTOR if role == "collector" else _recommender(settings.list_size_most)
    for path, operations in (HEALTH | paths).items():
        spec.path(path, operations=operations)
    document: Json = spec.to_dict()
    return document


def _own_field(_: object, field: Field[object], **__: object) -> Json:
    """Describe the kinds of fields that app/schemas.py adds to those of marshmallow."""
    match field:
        case Id():
            return dict(ID)
        case GenreNames():
            name = {"type": ["string", "integer", "null"]}
            names = {"type": "array", "items": name, "maxItems": GENRES_MOST}
            return names | {"type": ["array", "null"]}
        case Timestamp():
            return MAYBE | {"minimum": 0, "description": "seconds since 1970; by default now"}
        case Text():
            return {"type": ["string", "null"], "maxLength": field.most}
        case Year():
            return {"type": ["integer", "null"], "minimum": 1, "maximum": YEAR_MOST}
        case Flag():
            return {"type": ["boolean", "null"]}
        case Bounded():
            return {"maxItems": field.most}
    return {}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _with_ignored(**properties: Json) -> Json:
    """Describe an answer that names the fields of the body that were ignored, if there were any."""
    answer = _object(**properties)
    return answer | {"properties": properties | {"ignored": _list(TEXT)}}


def _list(each: Json) -> Json:
    return {"type": "array", "items": each}


def _map(each: Json) -> Json:
    return {"type": "object", "additionalProperties": each}


PROBLEM = {
    **_object(title=TEXT, status=WHOLE, detail=TEXT),
    "description": "RFC 9457. `errors` names the fields that are wrong.",
}
PROBLEMS = {
    "400": "The body is not a JSON object, or the address is not UTF-8.",
    "401": "The token of API_TOKEN is missing or wrong.",
    "403": "A page of a foreign origin asks: see CORS_ORIGINS.",
    "404": "There is nothing here.",
    "409": "The generation of ?generation= is over.",
    "413": "The body is longer than 32 MiB.",
    "415": "The body has a Content-Encoding that is not read.",
    "422": "A field or a parameter is missing, wrong or unknown: see `errors`.",
    "503": "A server behind this one, or the disk, does not do its work: see `detail`.",
}


def _operation(summary: str, answer: Json, *problems: int, **more: object) -> Json:
    """Describe an operation. Besides `problems`, each may find that the address makes no sense."""
    content = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        "summary": summary,
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": answer}}},
            **{
                str(status): {
                    "description": PROBLEMS[str(status)],
                    "content": {"application/problem+json": content},
                }
                for status in sorted({400, 422, *problems})
            },
        },
        **more,
    }


def _body(schema: str) -> Json:
    content = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {"required": True, "content": {"application/json": content}}


def _in_path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": NAME}


def _in_query(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "schema": schema}


ALIVE = _operation("Whether this process answers.", _object(status=TEXT))
READY = _operation(
    "Whether the work is done, and if not, what to do. 200 as long as this process can serve.",
    _object(
        status=TEXT,
        servers=_map(TEXT),
        degraded=_list(TEXT),
        advice=_map(TEXT),
        ignored_fields=_map(WHOLE),
    ),
)
READY["responses"]["503"] = READY["responses"]["200"] | {"description": "It cannot serve."}
METRICS = _operation("What this service has counted, for Prometheus.", {})
METRICS["responses"]["200"]["content"] = {"text/plain": {"schema": TEXT}}
HEALTH: Json = {
    "/healthcheck": {"get": ALIVE},
    "/livez": {"get": ALIVE},
    "/readyz": {"get": READY},
    "/metrics": {"get": METRICS},
}

QUEUED = _with_ignored(status=TEXT, interactions=WHOLE, after=WHOLE)
COLLECTOR: Json = {
    "/interact": {
        "post": _operation(
            "Take a user's interactions, all or none. 200: the broker has them for good.",
            *(QUEUED, 401, 403, 413, 415, 503),
            requestBody=_body("Interaction"),
            security=OPEN_OR_TOKEN,
        )
    },
    "/interact/{user_id}/{item_id}": {
        "delete": _operation(
            "Undo a user's interaction with an item.",
            *(QUEUED, 401, 403, 404, 503),
            parameters=[_in_path("user_id"), _in_path("item_id")],
            security=OPEN_OR_TOKEN,
        )
    },
}

REASON = _object(
    item_id=TEXT, source=TEXT, score={"type": "number"}, because=_list(TEXT), genres=_list(TEXT)
)
LIST = _object(item_ids=_list(TEXT)) | {
    "properties": {"item_ids": _list(TEXT), "items": _list(REASON)}
}
RANKED_LIST = LIST | {"properties": LIST["properties"] | {"ranked": TRUTH}}
ITEMS = _list(_object(item_id=TEXT, genres=_list(TEXT)))
COUNTS = _list(_object(item_id=TEXT, count=WHOLE))
STATISTICS = _object(
    time=MAYBE, window=MAYBE, users=MAYBE, refresh_seconds=MAYBE, similarity_waiting=MAYBE
)
MODELS = _list(_map({}) | _object(version=WHOLE, created=MAYBE, current=TRUTH))


def _recommender(most: int) -> Json:
    """Return the paths of the recommender. most: the largest `k`."""
    k = _in_query("k", {"type": "integer", "minimum": 1, "maximum": most})
    explain = _in_query(
        "explain", {"enum": ["0", "1"], "description": "adds `items`: why each item is there"}
    )
    clean = _operation(
        "Begin a new generation: all that came before is gone.",
        *(_object(status=TEXT, generation=WHOLE), 401, 403, 503),
        security=OPEN_OR_TOKEN,
    )
    return {
        "/recs/{user_id}": {
            "get": _operation(
                "A user's next items, best first.",
                *(RANKED_LIST, 403),
                parameters=[_in_path("user_id"), k, explain, _in_query("after", AFTER)],
            )
        },
        "/popular": {
            "get": _operation(
                "What everyone likes.",
                *(LIST, 503),
                parameters=[k, explain, _in_query("genre", TEXT), _in_query("user_id", NAME)],
            )
        },
        "/users/{user_id}/interactions": {
            "get": _operation(
                "What a user likes and dislikes now, the newest first.",
                *(_object(liked=_list(TEXT), disliked=_list(TEXT)), 503),
                parameters=[_in_path("user_id")],
            )
        },
        "/items": {
            "get": _operation(
                "The genres of those of `ids` that are known.",
                *(_object(items=ITEMS), 503),
                parameters=[_in_query("ids", _list(NAME))],
            ),
            "post": _operation(
                "The same for more ids than fit into an address.",
                *(_with_ignored(items=ITEMS), 413, 415, 503),
                requestBody=_body("ItemIds"),
            ),
        },
        "/catalogue": {
            "get": _operation(
                "How many items are known, and how many of each genre.",
                *(_object(generation=WHOLE, first=TRUTH, items=WHOLE, genres=_map(WHOLE)), 503),
            )
        },
        "/add_items": {
            "post": _operation(
                "Make items known: they can be recommended from now on.",
                *(_with_ignored(status=TEXT, items=WHOLE), 401, 403, 409, 413, 415, 503),
                parameters=[_in_query("generation", WHOLE)],
                requestBody=_body("Items"),
                security=OPEN_OR_TOKEN,
            )
        },
        "/cleanup": {"get": clean, "post": clean},
        "/stats": {
            "get": _operation(
                "The figures of the dashboard.",
                _object(
                    generation=WHOLE,
                    now={"type": "number"},
                    totals=_map(WHOLE),
                    coverage={"type": "number"},
                    statistics=STATISTICS,
                    waiting=WHOLE,
                    failing=WHOLE,
                    impressions_lost=WHOLE,
                    samples=_list(_map({})),
                    models=MODELS,
                    top_liked=COUNTS,
                    top_shown=COUNTS,
                    servers=_map(TEXT),
                ),
                503,
            )
        },
    }
