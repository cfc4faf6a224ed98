"""Fields of bodies that no schema knows: ignored, named in the answer, counted."""

import logging
from collections import Counter
from collections.abc import Sequence

from flask import Flask, current_app, g, jsonify
from flask.wrappers import Response

from recs.throttling import ThrottledLog

log = ThrottledLog(logging.getLogger(__name__))

NAMES_MOST = 100
"""Counted by name; a client that makes up a new name each time must not fill memory."""
OTHERS = "(others)"


class IgnoredFields:
    """How often each was ignored by this process."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def note(self, names: Sequence[str]) -> None:
        """Count some, once each."""
        for name in names:
            is_full = name not in self._counts and len(self._counts) >= NAMES_MOST
            self._counts[OTHERS if is_full else name] += 1

    def counts(self) -> dict[str, int]:
        """Return field -> how often."""
        return dict(self._counts)


def of(app: Flask) -> IgnoredFields:
    """Return those of an app."""
    found: IgnoredFields = app.extensions.setdefault("ignored", IgnoredFields())
    return found


def note(names: Sequence[str]) -> None:
    """Remember what of this request's body is ignored."""
    g.ignored = [*names]
    of(current_app).note(names)
    # Without the names, which are a client's words: one that is confused may send ids.
    log.warning("fields", "%d fields that nobody knows are ignored: /readyz names them", len(names))


def named() -> dict[str, list[str]]:
    """Return `ignored` for the answer to this request; nothing if all was read."""
    ignored: list[str] = g.get("ignored", [])
    return {"ignored": ignored} if ignored else {}


def answer(**fields: object) -> Response:
    """Answer with JSON that names what was ignored."""
    return jsonify({**fields, **named()})
