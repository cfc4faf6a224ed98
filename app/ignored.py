"""Unknown fields of bodies: ignored, named in the answer, counted."""

import logging
from collections import Counter
from collections.abc import Sequence

from flask import Flask, current_app, g, jsonify
from flask.wrappers import Response

from recs.throttling import ThrottledLog

log = ThrottledLog(logging.getLogger(__name__))

NAMES_MOST = 100
"""Names that are counted. A client that invents a name each time must not fill memory."""
OTHERS = "(others)"


class IgnoredFields:
    """How often this process ignored each field."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def note(self, names: Sequence[str]) -> None:
        """Count each of these names once."""
        for name in names:
            is_full = name not in self._counts and len(self._counts) >= NAMES_MOST
            self._counts[OTHERS if is_full else name] += 1

    def counts(self) -> dict[str, int]:
        """Return field -> count."""
        return dict(self._counts)


def of(app: Flask) -> IgnoredFields:
    """Return the counts of an app."""
    found: IgnoredFields = app.extensions.setdefault("ignored", IgnoredFields())
    return found


def note(names: Sequence[str]) -> None:
    """Remember the ignored fields of this request."""
    g.ignored = [*names]
    of(current_app).note(names)
    # Without the names, which a client chooses: they may be ids by mistake.
    log.warning("fields", "%d unknown fields are ignored: /readyz names them", len(names))


def named() -> dict[str, list[str]]:
    """Return `ignored` for the answer to this request; empty if no field was ignored."""
    ignored: list[str] = g.get("ignored", [])
    return {"ignored": ignored} if ignored else {}


def answer(**fields: object) -> Response:
    """Answer with JSON that names the ignored fields."""
    return jsonify({**fields, **named()})
