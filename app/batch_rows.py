"""Reads the rows of a batch (JSON, JSON lines, CSV) as interactions, or says what is wrong."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from math import isfinite, nan
from typing import Any

from marshmallow import ValidationError
from werkzeug.exceptions import BadRequest

from app.publisher import NOW
from app.schemas import Timestamp
from recs.interactions import ID_BYTES_MOST, Action, Interaction, complaint_about_id
from recs.types import ItemId, Json, UserId

ROWS_MOST = 100_000
COLUMNS = ("user_id", "item_id", "action", "rating", "timestamp")
JSON, LINES, CSV = "application/json", "application/x-ndjson", "text/csv"
TYPES = {
    JSON: JSON,
    LINES: LINES,
    **dict.fromkeys(("application/ndjson", "application/jsonl", "application/x-jsonlines"), LINES),
    **dict.fromkeys(("application/jsonlines", "application/json-lines"), LINES),
    **dict.fromkeys((CSV, "application/csv"), CSV),
}
ACTIONS = {each.value: each for each in Action}
TIME = Timestamp()

Row = Mapping[str, Any]


def rows_of(sent: bytes, mimetype: str) -> Iterator[Row | str]:
    """Yield the rows of a body; for a row that cannot be read, the reason.

    A mimetype that is not in TYPES is guessed. Raises BadRequest, ValidationError.
    """
    try:
        text = sent.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not UTF-8: {error}.") from None
    read = {JSON: _of_json, LINES: _of_lines, CSV: _of_csv}
    return read[TYPES.get(mimetype) or _guess(text)](text)


def read_row(row: Row | str, threshold: float) -> Interaction | str:
    """Return an interaction, or why a row is none. threshold: ratings from this on are likes."""
    if isinstance(row, str):
        return row
    user, item = _id(row.get("user_id")), _id(row.get("item_id"))
    for name, value in (("user_id", user), ("item_id", item)):
        if complaint := complaint_about_id(value):
            return f"{name}: {complaint}" if value is not None else f"{name} is missing"
    action = _action(row, threshold)
    if not isinstance(action, Action):
        return action
    timestamp = _timestamp(row.get("timestamp"))
    if isinstance(timestamp, str):
        return f"timestamp {timestamp}"
    return Interaction(UserId(user), ItemId(item), action, timestamp)


def _of_json(text: str) -> Iterator[Row | str]:
    """Yield the rows of a list, or of an object's `interactions`."""
    try:
        content = json.loads(text)
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except ValueError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None
    rows = content.get("interactions") if isinstance(content, dict) else content
    if not isinstance(rows, list):
        raise ValidationError({"interactions": ["must be a list of objects"]})
    return (row if isinstance(row, dict) else "must be an object" for row in rows)


def _of_lines(text: str) -> Iterator[Row | str]:
    return (_line(line) for line in text.split("\n") if line and not line.isspace())


def _line(line: str) -> Row | str:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"is not JSON: {error}"
    return row if isinstance(row, dict) else "must be an object"


def _of_csv(text: str) -> Iterator[Row | str]:
    """Yield rows with the names of the first line. Empty fields are left out."""
    lines = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=_delimiter_of(text),
        strict=True,
        skipinitialspace=True,
    )
    try:
        header = [name.strip() for name in next(lines, [])]
    except csv.Error as error:
        raise BadRequest(f"The body is not CSV: {error}.") from None
    if not {"user_id", "item_id"} <= set(header) or not {"action", "rating"} & set(header):
        told = "must name user_id, item_id, and action or rating; and timestamp, if there is one"
        raise ValidationError({"header": [told]})
    if twice := sorted({name for name in header if name in COLUMNS and header.count(name) > 1}):
        raise ValidationError({"header": [f"must name {' and '.join(twice)} only once"]})
    return _csv_rows(lines, header)


def _delimiter_of(text: str) -> str:
    """Return the delimiter: a semicolon only if the first line has no comma."""
    header = text.partition("\n")[0]
    return ";" if ";" in header and "," not in header else ","


def _csv_rows(lines: Iterator[list[str]], header: Sequence[str]) -> Iterator[Row | str]:
    try:
        for fields in lines:
            if fields and len(fields) != len(header):
                yield f"has {len(fields)} fields, and the header has {len(header)}"
            elif fields:
                yield {name: field for name, field in zip(header, fields, strict=True) if field}
    except csv.Error as error:
        yield f"is not CSV: {error}; nothing after it is read"


def _guess(text: str) -> str:
    """Return the type that a body seems to have."""
    start = text.lstrip()[:1]
    if start == "[":
        return JSON
    if start != "{":
        return CSV
    first, _, rest = text.strip().partition("\n")
    row = _line(first)
    return LINES if isinstance(row, dict) and (rest or "user_id" in row) else JSON


def _id(value: Any) -> Any:
    return str(value) if type(value) is int else value


def _action(row: Row, threshold: float) -> Action | str:
    """Return a row's action, or what is wrong with it."""
    action, rating = row.get("action"), row.get("rating")
    if action is not None:
        known = ACTIONS.get(action.strip()) if isinstance(action, str) else None
        return known or f"action must be one of {', '.join(ACTIONS)}"
    if rating is None:
        return "action or rating is missing"
    try:
        number = nan if isinstance(rating, bool) else float(rating)
    except (TypeError, ValueError, OverflowError):
        number = nan
    if not isfinite(number):
        return "rating must be a number"
    return Action.LIKE if number >= threshold else Action.DISLIKE


def _timestamp(value: Any) -> float | str:
    """Return a time in seconds, NOW if there is none, or what is wrong with it."""
    if value is None:
        return NOW
    try:
        return float(TIME.deserialize(_seconds(value) if isinstance(value, str) else value))
    except ValidationError as error:
        return str(error.messages[0])


def _seconds(text: str) -> float:
    """Read a number, or a time in ISO 8601: UTC if it names no zone. Raises ValidationError."""
    with suppress(ValueError):
        return float(text)
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        told = "must be seconds since 1970, or a time as ISO 8601 writes it"
        raise ValidationError(told) from None
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def described() -> Json:
    """Return the OpenAPI schema of a row."""
    name = {"type": ["string", "integer"], "minLength": 1, "maxLength": ID_BYTES_MOST}
    return {
        "type": "object",
        "properties": {
            "user_id": name,
            "item_id": name,
            "action": {"type": ["string", "null"], "enum": [*ACTIONS, None]},
            "rating": {"type": ["number", "null"], "description": "in place of an action"},
            "timestamp": {
                "type": ["number", "string", "null"],
                "description": "seconds since 1970, or ISO 8601; by default now",
            },
        },
        "required": ["user_id", "item_id"],
    }
