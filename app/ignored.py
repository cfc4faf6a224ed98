"""Unknown fields of bodies: ignored, named in the answer, counted."""

import logging
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from itertools import islice

from flask import current_app, g, jsonify
from flask.wrappers import Response

from app.schemas import COMPLAINTS_MOST
from recs.interactions import ID_BYTES_MOST

log = logging.getLogger(__name__)

NAMES_MOST = 100
"""Names that are counted. A client that invents a name each time must not fill memory."""
OTHERS = "(others)"


def counts() -> Counter[str]:
    """Return how often the app of this process ignored each field."""
    found: Counter[str] = current_app.extensions.setdefault("ignored", Counter())
    return found


def note_unknown(names: Iterable[object], known: Container[object]) -> None:
    """Remember the first unknown fields of this request, if there are any."""
    unknown = (str(name)[:ID_BYTES_MOST] for name in names if name not in known)
    if named := list(islice(unknown, COMPLAINTS_MOST)):
        note(named)


def note(names: Sequence[str]) -> None:
    """Remember the ignored fields of this request."""
    g.ignored, counted = [*names], counts()
    for name in names:
        is_full = name not in counted and len(counted) >= NAMES_MOST
        counted[OTHERS if is_full else name] += 1
    # Without the names, which a client chooses: they may be ids by mistake.
    log.warning("%d unknown fields are ignored: /readyz names them", len(names))


def named() -> dict[str, list[str]]:
    """Return `ignored` for the answer to this request; empty if no field was ignored."""
    ignored: list[str] = g.get("ignored", [])
    return {"ignored": ignored} if ignored else {}


def answer(**fields: object) -> Response:
    """Answer with JSON that names the ignored fields."""
    return jsonify({**fields, **named()})
