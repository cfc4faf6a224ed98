"""The dashboard of one user and of one title, for engineers who examine a list."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from flask import render_template, request
from werkzeug.exceptions import Forbidden

from app.page.cards import items_of, name_of, shown_name
from app.page.client import Action, Entry, ServiceDown
from app.page.context import blueprint, page_context
from app.page.tabs import Rendered

LISTED = 24
SAID_AT_MOST = 100


@blueprint.get("/status/user")
def inspect_user() -> Rendered:
    """Show a user's interactions, and their next titles with reasons and scores.

    Raises Forbidden if the services need a token: then use the API.
    """
    if page_context().requires_token:
        raise Forbidden
    user_id = request.args.get("id", "").strip()
    services, down = page_context().services, False
    said: dict[str, Action] = {}
    slate: Sequence[Entry] = []
    try:
        if user_id:
            said = services.interactions(user_id)
            slate = services.recommended(user_id, LISTED)
    except ServiceDown:
        down = True
    shown = dict(islice(said.items(), SAID_AT_MOST))
    tastes: dict[str, list[int]] = {}
    for item_id, item in items_of([*shown]).items():
        for genre in item.genres:
            counts = tastes.setdefault(genre, [0, 0])
            counts[shown[item_id] == "dislike"] += 1
    text = render_template(
        "inspect_user.html",
        asked=user_id,
        said=shown,
        tastes=sorted(tastes.items(), key=lambda each: -sum(each[1])),
        slate=slate,
        name_of=name_of,
        down=down,
    )
    return (text, 503) if down else text


@blueprint.get("/status/title")
def inspect_title() -> Rendered:
    """Show the counters of a title, and similar titles with reasons."""
    query = request.args.get("id", "").strip()
    services, down = page_context().services, False
    told: Mapping[str, Any] = {}
    counters: Mapping[str, Any] = {}
    similar: Sequence[Entry] = []
    item_id = query
    try:
        told = services.items([query]).get(query, {}) if query else {}
        if query and not told:
            found = page_context().titles.search.find(query, 1)
            item_id = found[0].item_id if found else query
            told = services.items([item_id]).get(item_id, {})
        if told:
            counters, similar = services.counters(item_id), services.similar(item_id, LISTED)
    except ServiceDown:
        down = True
    text = render_template(
        "inspect_title.html",
        asked=query,
        item_id=item_id,
        told=told,
        name=shown_name(items_of([item_id])[item_id]) if told else "",
        counters=counters,
        similar=similar,
        name_of=name_of,
        down=down,
    )
    return (text, 503) if down else text
