"""What an address may hold, checked before any view, so that no mistake is taken for a wish."""

from functools import cache
from itertools import islice
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, Request, request
from marshmallow import ValidationError
from werkzeug.exceptions import BadRequest, NotFound

from app.schemas import COMPLAINTS_MOST
from recs.interactions import ID_BYTES_MOST

PARAMETERS = "parameters"
"""Attribute of a view: the names that it reads. All others are refused."""
REPEATED = frozenset({"ids", "users", "genre", "without_genre", "exclude", "kind", "country"})
"""Parameters that may come more than once."""


def register(app: Flask) -> None:
    """Check the address of every request. This is in the way of /recs: it costs 1 to 3 µs."""
    parameters: dict[str, frozenset[str]] = {}

    @app.before_request
    def check_address() -> None:
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        environ, rule = asked.environ, asked.url_rule
        path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
        if not path.isascii():
            _check_utf8(path.encode("latin-1"))
        if rule is None:
            return
        if rule.arguments and _sent_path(environ).count("/") != _slashes(rule.rule):
            raise NotFound(
                f"The address must be {template(rule.rule)}, "
                "with / in an id as %2F and without a / at the end."
            )
        if query:
            known = parameters.get(rule.endpoint)
            if known is None:
                view = app.view_functions[rule.endpoint]
                known = parameters[rule.endpoint] = getattr(view, PARAMETERS, frozenset())
            _check_query(asked, query, known)


def _check_query(asked: Request, query: str, known: frozenset[str]) -> None:
    """Raise BadRequest, or ValidationError, which names the parameters that are known."""
    if "%" in query or not query.isascii():
        _check_utf8(unquote_to_bytes(query.encode("latin-1")))
    # Of the dict, whose values are lists: a MultiDict's own methods cost as much as all the rest.
    for name, values in dict.items(asked.args):
        if name not in known or (len(values) > 1 and name not in REPEATED):
            _refuse(asked, known)
            return


def _refuse(asked: Request, known: frozenset[str]) -> None:
    """Raise ValidationError. A browser that asks for permission asks nothing else yet."""
    if asked.method == "OPTIONS":
        return
    told = f"is no parameter of this address; known here: {', '.join(sorted(known)) or 'none'}"
    wrong = {
        name[:ID_BYTES_MOST]: ["must come once" if name in known else told]
        for name, values in asked.args.lists()
        if name not in known or (len(values) > 1 and name not in REPEATED)
    }
    raise ValidationError(dict(islice(wrong.items(), COMPLAINTS_MOST)))


def _check_utf8(sent: bytes) -> None:
    """Raise BadRequest: two addresses that are not UTF-8 would be read as the same id."""
    try:
        sent.decode()
    except UnicodeDecodeError:
        raise BadRequest("The address is not UTF-8.") from None


def _sent_path(environ: dict[str, str]) -> str:
    """Return the path as it was sent: there, a slash within an id is %2F."""
    sent = environ.get("RAW_URI") or environ["REQUEST_URI"]
    path = sent.partition("?")[0]
    return path if path[:1] == "/" else urlsplit(path).path


@cache
def template(route: str) -> str:
    """Write a route of Flask as docs/api.md does."""
    return route.replace("<id:ids>", "<user_id>/<item_id>").replace("<id:", "<")


@cache
def _slashes(route: str) -> int:
    return template(route).count("/")
