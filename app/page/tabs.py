"""The tabs of the page, each as a whole page."""

import time
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from flask import g, redirect, render_template, request, session, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.page import lists, welcome
from app.page.cards import Card, make_cards
from app.page.client import Action, Entry, ServiceDown
from app.page.context import blueprint, page_context
from app.page.filters import DECADES, FIELDS, KINDS, SORTS, Filters
from app.page.lists import FOR_YOU, FOUND_AT_MOST, GENRE, GRID, LISTED_AT_MOST, SEARCH, Tab
from app.page.memory import Done, Viewer

VISIT_SECONDS = 1800
"""A pause longer than this begins another visit."""
NOTED_SECONDS = 60
OWN_GRID, OWN_AT_MOST = 60, 960
"""Cards on a viewer's own lists, such as liked titles: at first and each time more; at most."""
NAMES_SHOWN = 200
"""Limit of genres or countries to choose from: a catalogue may have thousands of keywords."""
REMEMBERED = "filters"
UNDO_OF = {
    "like": "undo",
    "dislike": "undo",
    "watched": "undo",
    "not_now": "now",
    "want": "unwant",
    "unwant": "want",
}
MY_LISTS = ("watchlist", "liked", "disliked", "seen", "not_now")

Rendered = str | tuple[str, int] | Response


@blueprint.get("/")
def for_you() -> Rendered:
    """Show the recommender's list for this user."""
    return _filtered(FOR_YOU)


@blueprint.get("/popular")
def popular() -> Rendered:
    """Show the most liked titles."""
    return _filtered("popular")


@blueprint.get("/genre")
def genre() -> Rendered:
    """Show the most liked titles of a genre. Raises NotFound if no title has it."""
    filters = Filters.read(request.args)
    return show(Tab(GENRE, request.args.get("name", ""), filters))


@blueprint.get("/search")
def search() -> Rendered:
    """Show titles by name."""
    return show(Tab(SEARCH, request.args.get("q", "").strip()))


@blueprint.get("/liked", endpoint="liked", defaults={"name": "liked"})
@blueprint.get("/disliked", endpoint="disliked", defaults={"name": "disliked"})
@blueprint.get("/seen", endpoint="seen", defaults={"name": "seen"})
@blueprint.get("/watchlist", endpoint="watchlist", defaults={"name": "watchlist"})
@blueprint.get("/not-now", endpoint="not_now", defaults={"name": "not_now"})
def my_list(name: str) -> Rendered:
    """Show the titles of one kind of action of this user, newest first."""
    return show(Tab(name))


def _filtered(name: str) -> Rendered:
    """Show a tab with the filters of its address, or with the remembered ones if it has none."""
    if "all" in request.args:
        session.pop(REMEMBERED, None)
        return redirect(url_for(f"page.{name}"))
    filters = Filters.read(request.args)
    if filters:
        session[REMEMBERED] = filters.address
    elif not any(field in request.args for field in FIELDS):
        if remembered := session.get(REMEMBERED):
            arguments: dict[str, Any] = {**request.args.to_dict(flat=False), **parse_qs(remembered)}
            return redirect(url_for(f"page.{name}", **arguments))
    else:
        session.pop(REMEMBERED, None)
    return show(Tab(name, filters=filters))


def show(tab: Tab, done: Done | None = None) -> Rendered:
    """Return the page of a tab."""
    context = page_context()
    catalogue: Mapping[str, Any] = {"items": 0, "genres": {}}
    entries: list[Entry] = []
    said: dict[str, Action] = {}
    viewer, down, chosen = Viewer(welcomed=True), False, welcome.NOTHING
    new: set[str] = set()
    try:
        catalogue = context.services.catalogue()
        context.titles.look(catalogue)
        if tab.name == GENRE:
            tab = replace(tab, about=_genre(tab.about, catalogue))
        said = context.services.interactions(g.user_id)
        viewer, (entries, told) = context.memory.change(
            g.user_id, int(catalogue["generation"]), lambda viewer: _visit(tab, viewer, said)
        )
        done = done or told
        if tab.name == FOR_YOU and not tab.filters and not viewer.welcomed:
            chosen = welcome.step(viewer, said)
        new = _new(viewer) if tab.replaces else set()
        if tab.name == SEARCH:
            entries = lists.known(entries)
        is_empty = not catalogue["items"] and not context.loader.progress().under_way
        if is_empty and context.services.catalogue()["items"]:
            return show(tab, done)  # it was filled meanwhile
    except ServiceDown:
        down = True
        if tab.name == SEARCH:
            entries = lists.next_entries(tab, viewer, said, FOUND_AT_MOST, ())
    cards = make_cards(entries, said, viewer, new)
    text = render_template(
        "tab.html",
        tab=tab,
        cards=cards,
        done=done,
        done_card=_card_of(done, viewer),
        welcome=chosen,
        catalogue=catalogue,
        genres=_largest_first(
            catalogue.get("genres") or {}, {tab.about, *tab.filters.genres, *tab.filters.without}
        ),
        countries=_largest_first(catalogue.get("countries") or {}, {tab.filters.country}),
        progress=context.loader.progress(),
        down=down,
        mine=[name for name in MY_LISTS if name != "not_now" or viewer.not_now],
        has_before=bool(viewer.before.get(tab.key)),
        has_more=_has_more(tab, cards),
        next_size=_size(tab) + (GRID if tab.replaces else OWN_GRID),
        with_filters=filters_url,
        undo_of=UNDO_OF,
        kinds=KINDS,
        decades=DECADES,
        sorts=SORTS,
    )
    return (text, 503) if down or (done and done.failed) else text


def _visit(tab: Tab, viewer: Viewer, said: Mapping[str, Action]) -> tuple[list[Entry], Done | None]:
    """Return the entries of a tab, and what the viewer has just done."""
    _note_visit(viewer)
    done, viewer.done = viewer.done, None  # to be shown once
    if sum(action == "like" for action in said.values()) >= welcome.WANTED:
        viewer.welcomed = True
    return lists.standing(tab, viewer, said, _size(tab)), done


def filters_url(tab: Tab, **changed: Any) -> str:
    """Return the address of a tab with other filters."""
    values: MultiDict[str, str] = MultiDict(tab.filters.pairs())
    arguments = {name: values.getlist(name) for name in values} | changed
    if tab.name == GENRE:
        arguments["name"] = tab.about
    return url_for(f"page.{tab.name}", **arguments)


def _size(tab: Tab) -> int:
    """Return how many cards a tab shows. Tabs that are not remembered take `n` of the address."""
    if tab.name == FOR_YOU:
        return GRID
    if tab.name == SEARCH:
        return FOUND_AT_MOST
    asked = request.args.get("n", "")
    n = int(asked) if asked.isdecimal() and len(asked) < 4 else 0
    if tab.replaces:
        return min(max(GRID, n), LISTED_AT_MOST - GRID)
    return min(max(OWN_GRID, n), OWN_AT_MOST)


def _has_more(tab: Tab, cards: list[Card]) -> bool:
    """Return whether a tab may have more titles."""
    if tab.name == FOR_YOU:
        return GRID <= len(cards) < lists.STANDING_AT_MOST
    most = LISTED_AT_MOST - GRID if tab.replaces else OWN_AT_MOST
    return tab.name != SEARCH and GRID <= len(cards) == _size(tab) < most


def _genre(name: str, catalogue: Mapping[str, Any]) -> str:
    """Return a genre as the catalogue writes it. In an empty catalogue every genre is accepted.

    Raises NotFound.
    """
    genres = catalogue.get("genres") or {}
    for genre in genres if catalogue.get("items") else [name]:
        if genre.casefold() == name.casefold():
            return str(genre)
    raise NotFound


def _note_visit(viewer: Viewer) -> None:
    """Note the newest title when a visit begins: those added later are new at the next visit."""
    now = time.time()
    if now - viewer.seen_at > VISIT_SECONDS:
        latest = page_context().services.latest("", 1)
        viewer.newest_before = viewer.newest
        viewer.newest = latest[0].item_id if latest else ""
    if now - viewer.seen_at > NOTED_SECONDS:
        viewer.seen_at = now


def _new(viewer: Viewer) -> set[str]:
    """Return the titles added between the last visit and this one."""
    if viewer.newest_before in ("", viewer.newest):
        return set()
    latest = [entry.item_id for entry in page_context().services.latest("", LISTED_AT_MOST)]
    if viewer.newest_before not in latest:
        return set()
    return set(latest[: latest.index(viewer.newest_before)])


def _card_of(done: Done | None, viewer: Viewer) -> Card | None:
    return make_cards([Entry(done.item_id)], {}, viewer)[0] if done else None


def _largest_first(counts: Mapping[str, int], chosen: Container[str]) -> list[str]:
    """Return genres or countries of the catalogue: the chosen ones, then the most frequent."""
    return sorted(counts, key=lambda name: (name not in chosen, -counts[name], name))[:NAMES_SHOWN]
