"""What the modules in the browser ask for, as JSON. Only our own page may ask: CSRF-protected."""

from typing import Any

from flask import Response, g, jsonify, request
from werkzeug.exceptions import BadRequest

from app.page.blueprint import page
from app.page.client import ServiceDown
from app.page.grid import card_html, faces
from app.page.reacting import ACTIONS, item_id_of, react
from app.page.room import room
from app.page.shelves import GRID, Shelf, fill

SHOWN_AT_MOST = 100


@page.post("/api/interactions")
def react_by_script() -> Response:
    """Take one interaction or its undoing: 200 once it is durably queued, else 503."""
    asked = _body()
    action = asked.get("action")
    if action not in ACTIONS:
        raise BadRequest("action must be like, dislike or undo")
    react(item_id_of(asked.get("item_id")), action)
    return jsonify({})


@page.post("/api/cards")
def next_cards() -> Response:
    """Return the next k cards of a tab, leaving out what is `shown`. They count as shown now."""
    asked = _body()
    shelf = Shelf.of(str(asked.get("tab")), str(asked.get("about", "")))
    shown, k = asked.get("shown", []), asked.get("k")
    if not isinstance(shown, list) or not isinstance(k, int) or not 0 < k <= GRID:
        raise BadRequest(f"k must be 1 to {GRID}, shown a list")
    shown = {item_id_of(each) for each in shown[:SHOWN_AT_MOST]}
    entries = fill(shelf, room(), g.viewer, k, shown)
    interactions = {} if shelf.gives_way else room().services.interactions(g.viewer)
    cards = [
        {"item_id": card.title.item_id, "html": card_html(card, shelf)}
        for card in faces(entries, interactions)
    ]
    return jsonify(cards=cards)


@page.get("/api/catalogue")
def progress() -> Response:
    """Return how far the loading of titles is."""
    now = room().loader.progress()
    return jsonify(phase=now.phase, sent=now.sent, total=now.total, under_way=now.under_way)


@page.errorhandler(ServiceDown)
def say_it_is_down(down: ServiceDown) -> tuple[Response, int, dict[str, str]]:
    """Answer 503, and when to try again."""
    problem = {"title": "Service Unavailable", "status": 503, "detail": str(down)}
    return jsonify(problem), 503, {"Retry-After": str(down.retry_after_seconds)}


def _body() -> dict[str, Any]:
    body = request.get_json()
    if not isinstance(body, dict):
        raise BadRequest("the body must be an object")
    return body
