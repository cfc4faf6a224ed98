"""What the scripts in the browser ask for, as JSON. CSRF-protected: only our own page may ask."""

from typing import Any

from flask import Response, g, jsonify, render_template, request
from werkzeug.exceptions import BadRequest

from app.page.cards import make_cards
from app.page.client import ServiceDown
from app.page.context import blueprint, page_context
from app.page.session import ACTIONS, checked_item_id, send_interaction
from app.page.tabs import GRID, Tab, next_entries

SHOWN_AT_MOST = 100


@blueprint.post("/api/interactions")
def interact_by_script() -> Response:
    """Take one interaction: 200 once it is durably queued, else 503."""
    body = _body()
    action = body.get("action")
    if action not in ACTIONS:
        raise BadRequest("action must be like, dislike or undo")
    send_interaction(checked_item_id(body.get("item_id")), action)
    return jsonify({})


@blueprint.post("/api/cards")
def next_cards() -> Response:
    """Return the next k cards of a tab without those already `shown`. They are impressions now."""
    body = _body()
    tab = Tab.of(str(body.get("tab")), str(body.get("about", "")))
    shown, k = body.get("shown", []), body.get("k")
    if not isinstance(shown, list) or not isinstance(k, int) or not 0 < k <= GRID:
        raise BadRequest(f"k must be 1 to {GRID}, shown a list")
    shown = {checked_item_id(each) for each in shown[:SHOWN_AT_MOST]}
    entries = next_entries(tab, k, shown)
    interactions = {} if tab.replaces else page_context().services.interactions(g.user_id)
    cards = [
        {"item_id": card.item.item_id, "html": render_template("card.html", card=card)}
        for card in make_cards(entries, interactions)
    ]
    return jsonify(cards=cards)


@blueprint.get("/api/catalogue")
def progress() -> Response:
    """Return how far the loading of items is."""
    now = page_context().loader.progress()
    return jsonify(phase=now.phase, sent=now.sent, total=now.total, under_way=now.under_way)


@blueprint.errorhandler(ServiceDown)
def service_down(down: ServiceDown) -> tuple[Response, int, dict[str, str]]:
    """Answer 503, and when to try again."""
    problem = {"title": "Service Unavailable", "status": 503, "detail": str(down)}
    return jsonify(problem), 503, {"Retry-After": str(down.retry_after_seconds)}


def _body() -> dict[str, Any]:
    body = request.get_json()
    if not isinstance(body, dict):
        raise BadRequest("the body must be an object")
    return body
