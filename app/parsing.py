"""Reads what a client sent: bodies and parameters by their schemas, ids from the address."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from threading import Lock
from typing import Any
from urllib.parse import unquote

from flask import request
from gunicorn.http.errors import ParseException
from marshmallow import Schema, ValidationError
from marshmallow.fields import List
from werkzeug.exceptions import BadRequest, ClientDisconnected, RequestEntityTooLarge
from werkzeug.routing import BaseConverter

from app import ignored
from app.addresses import sent_path
from app.compression import PLAIN, decompress
from app.schemas import renamed
from recs.interactions import complaint_about_id

CUT_OFF = "Nothing of it was taken: send it again, faster or in parts."
OPEN_BYTES_MOST = 4 * 2**20
"""The most bytes of a body where no token is asked for: as objects, they take up to 130 MB."""
LARGE_BYTES = 2**20
ONE_LARGE = Lock()
"""Large bodies are read one at a time: as objects, a body takes thirty times its size."""


def body(schema: Schema, bytes_most: int | None = None) -> dict[str, Any]:
    """Return the body as the schema reads it. Unknown fields are ignored, see app/ignored.py.

    bytes_most: if another limit holds than that of the app. Raises BadRequest,
    RequestEntityTooLarge, UnsupportedMediaType, ValidationError.
    """
    if bytes_most is not None:
        request.max_content_length = bytes_most
    with sent_body() as sent:
        return _read(schema, sent)


@contextmanager
def sent_body() -> Iterator[bytes]:
    """Yield the decompressed body. Only one large body is read at a time.

    Raises BadRequest, RequestEntityTooLarge, UnsupportedMediaType.
    """
    sent, encoding = _sent(), request.headers.get("Content-Encoding", "").strip().lower()
    is_plain = encoding in PLAIN
    with nullcontext() if is_plain and len(sent) <= LARGE_BYTES else ONE_LARGE:
        yield sent if is_plain else decompress(sent, encoding, _bytes_most())


def _read(schema: Schema, sent: bytes) -> dict[str, Any]:
    try:
        content = json.loads(sent)
    except RecursionError:
        raise BadRequest("The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.") from None
    except UnicodeDecodeError:
        raise BadRequest("The body is not JSON: it is not UTF-8.") from None
    except ValueError:
        raise BadRequest("The body has a number of too many digits: send ids as texts.") from None
    if not isinstance(content, dict):
        raise BadRequest("The body must be a JSON object.")
    content = renamed(schema, content)
    ignored.note_unknown(content, schema.fields)
    try:
        loaded: dict[str, Any] = schema.load(content)
    except ValidationError as error:
        # Its traceback and marshmallow's frames form a cycle that holds the body until gc runs.
        raise error.with_traceback(None) from None
    return loaded


def _sent() -> bytes:
    """Return the whole body. Raises BadRequest if it is not as its head says.

    Raises RequestEntityTooLarge: werkzeug does so only if the client sends the length, and cuts
    off the rest otherwise.
    """
    length = request.content_length
    try:
        content = request.get_data(cache=False)
    except ParseException as error:
        raise BadRequest(f"The body is not in chunks as HTTP has them: {error}.") from None
    except ClientDisconnected:  # in a chunked body, too
        raise BadRequest(f"The body ended too early. {CUT_OFF}") from None
    if length is None and len(content) == _bytes_most():
        raise RequestEntityTooLarge
    if length is not None and len(content) < length:
        raise BadRequest(f"The body ended after {len(content)} of {length} bytes. {CUT_OFF}")
    return content


def _bytes_most() -> int:
    most = request.max_content_length
    assert most is not None  # `create_app` sets one
    return most


def query_reader(schema: Schema) -> Callable[[], dict[str, Any]]:
    """Return a function that reads the parameters of an address by a schema.

    It raises ValidationError. Its result must not be changed. app/addresses.py has refused
    parameters that the schema does not know.
    """
    fields = schema.fields
    is_required = any(field.required for field in fields.values())
    plain: dict[str, Any] = {} if is_required else schema.load({})

    def read() -> dict[str, Any]:
        if not request.environ["QUERY_STRING"] and not is_required:
            return plain  # most requests for a list
        sent = {
            name: texts if isinstance(fields[name], List) else texts[0]
            for name, texts in request.args.lists()
        }
        asked: dict[str, Any] = schema.load(sent)
        return asked

    return read


class IdConverter(BaseConverter):
    """`<id:…>` in a route: the rest of the address, with slashes at both ends."""

    regex = "(?s:.+)"
    part_isolating = False


def two_ids() -> tuple[str, str]:
    """Return the last two parts of the address. app/addresses.py has counted the parts."""
    *_, first, second = sent_path(request.environ).split("/")
    return unquote(first), unquote(second)


def checked_id(name: str, value: str) -> str:
    """Return an id of the address if it is valid. Raises ValidationError."""
    if complaint := complaint_about_id(value):
        raise ValidationError({name: [complaint]})
    return value
