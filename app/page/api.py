"""JSON endpoints for the scripts in the browser. CSRF-protected: only our own page may call."""

from typing import Any
from urllib.parse import parse_qsl

from flask import Response, g, jsonify, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from app.page import lists
from app.page.cards import make_cards, shown_name
from app.page.client import Entry
from app.page.context import blueprint, page_context
from app.page.filters import Filters
from app.page.lists import FOR_YOU, GRID, LISTED_AT_MOST, Tab
from app.page.memory import Viewer
from app.page.saying import ACTIONS, say
from app.page.session import checked_item_id

SHOWN_AT_MOST = 100
SUGGESTED = 8


@blueprint.post("/api/interactions")
def react_by_script() -> Response:
    """Save an action of the viewer on a title: 200 when it is saved, otherwise 503."""
    body = _body()
    action = body.get("action")
    if action not in ACTIONS:
        raise BadRequest(f"action must be one of {', '.join(ACTIONS)}")
    say(checked_item_id(body.get("item_id")), action)
    return jsonify({})


@blueprint.post("/api/cards")
def next_cards() -> Response:
    """Return the next k cards of a tab without those already `shown`.

    The list "for you" keeps them: at its end, or in place of the item `instead`.
    """
    body = _body()
    filters = Filters.read(MultiDict(_pairs(body.get("filters"))))
    tab = Tab.of(str(body.get("tab")), str(body.get("about", "")), filters)
    shown, k = body.get("shown", []), body.get("k")
    if not isinstance(shown, list) or type(k) is not int or not 0 < k <= LISTED_AT_MOST:
        raise BadRequest(f"k must be 1 to {LISTED_AT_MOST}, shown a list")
    shown = {checked_item_id(each) for each in shown[:SHOWN_AT_MOST]}
    instead = checked_item_id(body["instead"]) if body.get("instead") else None
    context = page_context()
    generation = context.services.generation()
    said = context.services.interactions(g.user_id)

    def take(viewer: Viewer) -> list[Entry]:
        if tab.name != FOR_YOU:
            return lists.next_entries(tab, viewer, said, k, shown)
        if instead:
            return lists.replaced(tab, viewer, said, instead)
        return lists.more(tab, viewer, said, min(k, GRID))

    viewer, entries = context.memory.change(g.user_id, generation, take)
    cards = [
        {
            "item_id": card.item.item_id,
            "html": render_template("card.html", card=card, tab=tab),
        }
        for card in make_cards(entries, said, viewer)
    ]
    return jsonify(cards=cards)


@blueprint.get("/api/suggestions")
def suggestions() -> Response:
    """Return titles that match a query, best first. Calls no service."""
    found = page_context().titles.search.find(request.args.get("q", ""), SUGGESTED)
    return jsonify(
        titles=[
            {
                "name": shown_name(item),
                "year": item.year,
                "url": url_for("page.title", id=item.item_id),
            }
            for item in found
        ]
    )


@blueprint.post("/api/seen")
def note_seen() -> Response:
    """Record the cards that came in sight as impressions."""
    item_ids = _body().get("item_ids")
    if not isinstance(item_ids, list) or not item_ids:
        raise BadRequest("item_ids must be a list")
    page_context().services.seen(
        g.user_id, [checked_item_id(each) for each in item_ids[:SHOWN_AT_MOST]]
    )
    return jsonify({})


@blueprint.get("/seen-all")
def note_all_seen() -> Response:
    """Record the whole list as seen. Browsers without JavaScript load this as a picture."""
    context = page_context()
    viewer = context.memory.read(g.user_id, context.services.generation())
    served = viewer.lists.get(Filters.read(request.args).address, [])
    if served:
        context.services.seen(g.user_id, [each.item_id for each in served])
    return Response(NO_PICTURE, mimetype="image/svg+xml")


@blueprint.get("/api/catalogue")
def progress() -> Response:
    """Return the progress of the loading of items."""
    now = page_context().loader.progress()
    return jsonify(phase=now.phase, sent=now.sent, total=now.total, under_way=now.under_way)


NO_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'


def _body() -> dict[str, Any]:
    try:
        body = request.get_json()
    except RecursionError:
        raise BadRequest("the body is nested too deeply") from None
    if not isinstance(body, dict):
        raise BadRequest("the body must be an object")
    return body


def _pairs(query: Any) -> list[tuple[str, str]]:
    return parse_qsl(query[:5000]) if isinstance(query, str) else []
