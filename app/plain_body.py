"""The short way for POST /interact as programs send it: without the schema.

It accepts fewer bodies than the schema, and reads them as the schema does (a test compares).
"""

import json
import logging
from collections.abc import Mapping
from hmac import compare_digest
from io import BytesIO
from itertools import repeat
from time import time
from typing import Any

from flask import current_app

from app import metrics, request_ids
from app.publisher import NOW, Publisher
from app.schemas import AHEAD_SECONDS_MOST, INTERACTIONS_MOST
from app.short_way import Environ, Kind
from recs.interactions import Action, Interaction, complaint_about_id
from recs.types import ItemId, UserId

log = logging.getLogger("app.collector")
"""If it logs at INFO, it logs each request, and the short way is closed."""

PATH = "/interact"
DIGITS_MOST = 4
"""Digits of Content-Length: longer bodies are left to the schema."""
NAMES = frozenset({"user_id", "item_ids", "actions", "timestamp"})
ACTIONS = {each.value: each for each in (Action.LIKE, Action.DISLIKE, Action.WATCHED)}


def plain_interactions(sent: bytes) -> list[Interaction] | None:
    """Return the interactions of a body; None if the schema must read it."""
    try:
        content = json.loads(sent)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or not content.keys() <= NAMES:
        return None
    timestamp = _timestamp(content)
    user: Any
    user, items, actions = (content.get(name) for name in ("user_id", "item_ids", "actions"))
    if (
        timestamp is None
        or not isinstance(items, list)
        or not isinstance(actions, list)
        or not 0 < len(items) == len(actions) <= INTERACTIONS_MOST
        or any(map(complaint_about_id, (user, *items)))
        or not all(map(isinstance, actions, repeat(str)))
        or not ACTIONS.keys() >= set(actions)
    ):
        return None
    return [
        Interaction(UserId(user), ItemId(item), ACTIONS[action], timestamp)
        for item, action in zip(items, actions, strict=True)
    ]


def _timestamp(content: Mapping[str, Any]) -> float | None:
    given = content.get("timestamp")
    if given is None:
        return NOW
    if isinstance(given, float) and 0 <= given <= time() + AHEAD_SECONDS_MOST:
        return given
    return None


def kind(token: str) -> Kind:
    """Return the short way for plain requests. They must bring the token, if one is set."""
    bearer = f"Bearer {token}".encode()

    def read(environ: Environ) -> tuple[list[Interaction], str] | None:
        brought = environ.get("HTTP_AUTHORIZATION", "")
        if token and not compare_digest(brought.encode(), bearer):
            return None
        return _read(environ)

    return Kind("POST", PATH, read, _answer)


def _read(environ: Environ) -> tuple[list[Interaction], str] | None:
    """Return the interactions of a request, and its id; None if it must go the long way."""
    length = environ.get("CONTENT_LENGTH", "")
    if (
        environ["PATH_INFO"] != PATH
        or not (length.isascii() and length.isdigit() and len(length) <= DIGITS_MOST)
        or "HTTP_CONTENT_ENCODING" in environ
        or "HTTP_TRANSFER_ENCODING" in environ
        or log.isEnabledFor(logging.INFO)
    ):
        return None
    sent = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(sent)
    found = plain_interactions(sent) if len(sent) == int(length) else None
    return None if found is None else (found, environ[request_ids.KEPT])


def _answer(asked: tuple[list[Interaction], str]) -> bytes:
    """Return what `interact` answers."""
    interactions, request_id = asked
    publisher: Publisher = current_app.extensions["publisher"]
    after = publisher.publish(interactions, request_id)
    metrics.of_app().accepted(interactions)
    return b'{"after":%d,"interactions":%d,"status":"queued"}\n' % (after, len(interactions))
