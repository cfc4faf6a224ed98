"""Reading what a client sent: bodies by their schema, numbers and ids out of the address."""

from typing import Any
from urllib.parse import unquote

from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.exceptions import BadRequest

from recs.reactions import complaint_about_id


def body(schema: Schema) -> dict[str, Any]:
    """Return the body as the schema reads it. Raises BadRequest, ValidationError."""
    try:
        content = request.get_json(force=True)
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except UnicodeDecodeError:
        raise BadRequest("The body is not UTF-8.") from None
    if not isinstance(content, dict):
        raise BadRequest("The body must be a JSON object.")
    loaded: dict[str, Any] = schema.load(content)
    return loaded


def number(name: str, default: int, most: int) -> int:
    """Return a number from 1 to `most` out of the query. Raises ValidationError."""
    text = request.args.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= most):
        raise ValidationError({name: [f"must be a number from 1 to {most}"]})
    return int(text)


def last_two_ids() -> tuple[str, str]:
    """Return the last two parts of the address as it was sent: ids may contain %2F."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.path
    _, first, second = raw.partition("?")[0].rsplit("/", 2)
    return unquote(first), unquote(second)


def checked_id(name: str, value: str) -> str:
    """Return an id out of the address. Raises ValidationError."""
    if complaint := complaint_about_id(value):
        raise ValidationError({name: [complaint]})
    return value
