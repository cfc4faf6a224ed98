"""Plain forms: what works without JavaScript."""

import json
from http import HTTPStatus

from flask import g, redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app.page.blueprint import page
from app.page.client import ServiceDown
from app.page.entries import Entry
from app.page.grid import Done, Rendered, show
from app.page.reacting import ACTIONS, item_id_of, react
from app.page.room import room
from app.page.shelves import FOR_YOU, GRID, Shelf
from app.page.viewer import start_afresh


@page.post("/react")
def react_by_form() -> Rendered:
    """Take an interaction; show the same tab with the next title in its place.

    The answer is the page itself: a redirect would ask for a whole new list, and the cards that
    were not touched would be gone.
    """
    form = request.form
    shelf = Shelf.of(form.get("tab", FOR_YOU), form.get("about", ""))
    kept = _entries("card")
    action = next((each for each in ACTIONS if each in form), None)
    if action is None:
        raise BadRequest
    item_id = item_id_of(form[action])
    acted = next((each for each in kept + _entries("last") if each.item_id == item_id), None)
    done = Done(acted or Entry(item_id), action)
    try:
        react(item_id, action)
    except ServiceDown:
        return show(shelf, kept, Done(done.entry, action, failed=True))
    if not shelf.gives_way:
        return show(shelf, done=done)
    others = [entry for entry in kept if entry.item_id != item_id]
    return show(shelf, [done.entry, *others][:GRID] if action == "undo" else others, done)


@page.post("/afresh")
def afresh() -> Response:
    """Forget who this was."""
    start_afresh()
    g.guest_of = None
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)


@page.post("/catalogue")
def load_catalogue() -> Response:
    """Load the page's titles at a person's word."""
    room().loader.load()
    return redirect(url_for("page.for_you"), HTTPStatus.SEE_OTHER)


def _entries(field: str) -> list[Entry]:
    try:
        return [Entry.read(json.loads(text)) for text in request.form.getlist(field)][:GRID]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRequest from error
