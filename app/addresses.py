"""What an address may hold, checked before any view, so that no mistake is taken for a wish."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, request
from marshmallow import ValidationError
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.routing import Rule

from app.schemas import COMPLAINTS_MOST
from recs.interactions import ID_BYTES_MOST

View = TypeVar("View", bound=Callable[..., object])

PARAMETERS = "parameters"
REPEATED = frozenset({"ids"})
"""Parameters that may come more than once."""


def takes(*parameters: str) -> Callable[[View], View]:
    """Say which parameters of the query a view reads. All others are refused."""

    def mark(view: View) -> View:
        setattr(view, PARAMETERS, frozenset(parameters))
        return view

    return mark


def register(app: Flask) -> None:
    """Check the address of every request."""
    slashes: dict[str, int] = {}

    @app.before_request
    def check_address() -> None:
        environ, rule = request.environ, request.url_rule
        path: str = environ["PATH_INFO"]
        if not path.isascii():
            _check_utf8(path.encode("latin-1"))
        if rule is None:
            return
        if rule.arguments:
            wanted = slashes.get(rule.rule) or slashes.setdefault(rule.rule, _slashes(rule))
            if _sent_path(environ).count("/") != wanted:
                raise NotFound(
                    f"The address must be {_for_people(rule)}, "
                    "with / in an id as %2F and without a / at the end."
                )
        if environ["QUERY_STRING"]:
            known = getattr(app.view_functions[rule.endpoint], PARAMETERS, frozenset[str]())
            _check_query(environ["QUERY_STRING"], known)


def _check_query(query: str, known: frozenset[str]) -> None:
    """Raise BadRequest, or ValidationError, which names the parameters that are known."""
    if "%" in query or not query.isascii():
        _check_utf8(unquote_to_bytes(query.encode("latin-1")))
    if request.method == "OPTIONS":
        return
    wrong = {
        name: values for name, values in request.args.lists() if _is_wrong(name, values, known)
    }
    if wrong:
        told = f"known here: {', '.join(sorted(known)) or 'none'}"
        raise ValidationError(
            {
                name[:ID_BYTES_MOST]: [
                    "must come once"
                    if name in known
                    else f"is no parameter of this address; {told}"
                ]
                for name in islice(wrong, COMPLAINTS_MOST)
            }
        )


def _is_wrong(name: str, values: Iterable[str], known: frozenset[str]) -> bool:
    return name not in known or (len(list(values)) > 1 and name not in REPEATED)


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
    return path if path.startswith("/") else urlsplit(path).path


def _slashes(rule: Rule) -> int:
    return _for_people(rule).count("/")


def _for_people(rule: Rule) -> str:
    """Write a route as docs/api.md does."""
    return rule.rule.replace("<id:ids>", "<user_id>/<item_id>").replace("<id:", "<")
