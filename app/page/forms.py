"""Plain forms: what works without JavaScript."""

import json
from http import HTTPStatus

from flask import g, redirect, request, url_for
from werkzeug.exceptions import BadRequest, Forbidden
from werkzeug.wrappers import Response

from app.page.client import Entry, ServiceDown
from app.page.context import blueprint, page_context
from app.page.session import (
    ACTIONS,
    become_new_user,
    checked_item_id,
    may_load,
    send_interaction,
)
from app.page.tabs import FOR_YOU, GRID, Done, Rendered, Tab, show


@blueprint.post("/react")
def interact_by_form() -> Rendered:
    """Take an interaction; show the same tab with the next item in its place.

    The answer is the page itself. A redirect would ask for a whole new list, and the cards that
    the user did not touch would be gone.
    """
    form = request.form
    tab = Tab.of(form.get("tab", FOR_YOU), form.get("about", ""))
    kept = _entries("card")
    action = next((each for each in ACTIONS if each in form), None)
    if action is None:
        raise BadRequest
    item_id = checked_item_id(form[action])
    known = {entry.item_id: entry for entry in _entries("last") + kept}
    entry = known.get(item_id) or Entry(item_id)
    try:
        send_interaction(item_id, action)
    except ServiceDown:
        return show(tab, kept, Done(entry, action, failed=True))
    if not tab.replaces:
        return show(tab, done=Done(entry, action))
    others = [each for each in kept if each.item_id != item_id]
    return show(tab, [entry, *others][:GRID] if action == "undo" else others, Done(entry, action))


@blueprint.post("/afresh")
def start_afresh() -> Response:
    """Forget who the visitor was."""
    become_new_user()
    g.other_user = None
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)


@blueprint.post("/catalogue")
def load_catalogue() -> Response:
    """Load the page's items because somebody asked for it. Raises Forbidden."""
    if not may_load():
        raise Forbidden
    page_context().loader.start_again()
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)


def _entries(field: str) -> list[Entry]:
    try:
        return [Entry.read(json.loads(text)) for text in request.form.getlist(field)][:GRID]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRequest from error
