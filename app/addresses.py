"""Checks of an address before any view: a mistyped parameter is refused, not passed over."""

from collections.abc import Mapping
from functools import cache
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, Request, request
from marshmallow import ValidationError
from werkzeug.exceptions import BadRequest, NotFound

from app.schemas import COMPLAINTS_MOST
from recs.interactions import ID_BYTES_MOST

PARAMETERS = "parameters"
"""Attribute of a view: name of a parameter -> how often it may come. Others are refused."""
NO_PARAMETERS: Mapping[str, float] = {}


def register(app: Flask) -> None:
    """Check the address of every request. It costs each 1 to 3 µs."""

    @app.before_request
    def check_address() -> None:
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        environ, rule = asked.environ, asked.url_rule
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        if not path.isascii():
            _check_utf8(path.encode("latin-1"))
        if "#" in _sent(environ):
            raise BadRequest("The address has a # in it: write %23.")
        if rule is None:
            return
        if rule.arguments and sent_path(environ).count("/") != _slashes(rule.rule):
            raise NotFound(
                f"The address must be {template(rule.rule)}, "
                "with / in an id as %2F and without a / at the end."
            )
        if query:
            known = getattr(app.view_functions[rule.endpoint], PARAMETERS, NO_PARAMETERS)
            _check_query(asked, query, known)


def _check_query(asked: Request, query: str, known: Mapping[str, float]) -> None:
    """Raise BadRequest, or ValidationError, which names the parameters that are known."""
    if "%" in query or not query.isascii():
        _check_utf8(unquote_to_bytes(query.encode("latin-1")))
    # dict.items gives lists; a MultiDict's own methods cost as much as all the rest.
    wrong = [name for name, values in dict.items(asked.args) if len(values) > known.get(name, 0)]
    if wrong and asked.method != "OPTIONS":  # a browser's preflight: the request itself follows
        told = f"is no parameter of this address; known here: {', '.join(sorted(known)) or 'none'}"
        raise ValidationError(
            {
                name[:ID_BYTES_MOST]: ["must come once" if name in known else told]
                for name in wrong[:COMPLAINTS_MOST]
            }
        )


def _check_utf8(sent: bytes) -> None:
    """Raise BadRequest if it is not UTF-8: different such addresses would be read as one id."""
    try:
        sent.decode()
    except UnicodeDecodeError:
        raise BadRequest("The address is not UTF-8.") from None


def _sent(environ: dict[str, str]) -> str:
    return environ.get("RAW_URI") or environ["REQUEST_URI"]


def sent_path(environ: dict[str, str]) -> str:
    """Return the path as it was sent, in which a slash within an id is %2F."""
    path = _sent(environ).partition("?")[0]
    return path if path[:1] == "/" else urlsplit(path).path


@cache
def template(route: str) -> str:
    """Write a route of Flask as docs/api.md does."""
    return route.replace("<id:ids>", "<user_id>/<item_id>").replace("<id:", "<")


@cache
def _slashes(route: str) -> int:
    return template(route).count("/")
