"""Operations: what a view takes and answers, declared once: to read requests, and for OpenAPI."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from inspect import getdoc
from math import inf

from flask.typing import ResponseReturnValue
from marshmallow import Schema

from app import auth, parsing
from app.addresses import PARAMETERS
from app.queries import Names
from recs.types import Json

View = Callable[..., ResponseReturnValue]

DESCRIBED = "described"
"""Attribute of a view: its OpenAPI operation, in which app/openapi.py replaces the schemas."""
JSON = "application/json"
OF_ALL = (400, 422, 429)
"""Status codes that every operation may have."""
OF_BODIES = (413, 415)
OF_WRITERS = (401, 403)


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
    if body is not None:
        contents = {JSON: {"schema": body, "example": asking}}
    codes = {*OF_ALL, *problems, *(OF_WRITERS if writes else ()), *(OF_BODIES if contents else ())}
    responses: Json = {"200": _answered(answer, "Done.", example)}
    responses |= {str(code): HTTPStatus(code).name for code in sorted(codes)}
    if unready is not None:
        responses["503"] = _answered(unready, "Service Unavailable")

    def describe(view: View) -> View:
        run = _reading(view, query, body, None if writes else parsing.OPEN_BYTES_MOST)
        run = auth.require_token(run) if writes else run
        parameters = query().fields if query else {}
        times = {name: inf if isinstance(each, Names) else 1 for name, each in parameters.items()}
        setattr(run, PARAMETERS, times)
        summary, _, description = (getdoc(view) or "").partition("\n\n")
        described = {
            "summary": summary,
            "description": description,
            "parameters": [{"in": "query", "schema": query}] if query else [],
            "requestBody": {"required": True, "content": contents} if contents else {},
            "responses": responses,
            "security": [{}, {"token": []}] if writes else [],
        }
        setattr(run, DESCRIBED, {name: value for name, value in described.items() if value})
        return run

    return describe


def _answered(schema: type[Schema], description: str, example: Json | None = None) -> Json:
    content = {"schema": schema} | ({"example": example} if example else {})
    return {"description": description, "content": {JSON: content}}


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
