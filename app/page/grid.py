"""A tab with its cards, put together for a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, render_template

from app.page.blueprint import may_react
from app.page.cards import Card, make_cards
from app.page.client import Action, ServiceDown
from app.page.entries import Entry
from app.page.room import room
from app.page.shelves import GRID, Shelf, fill
from app.page.titles import Title

Rendered = str | tuple[str, int]

NOTHING_YET = {"items": 0, "genres": {}}


@dataclass(frozen=True)
class Done:
    """What the viewer has just done, without JavaScript: said above the cards."""

    entry: Entry
    action: Action
    failed: bool = False


def show(shelf: Shelf, kept: Sequence[Entry] = (), done: Done | None = None) -> Rendered:
    """Return the page of a tab: the entries that it keeps, filled up with new ones."""
    here = room()
    entries, interactions = list(kept), dict[str, Action]()
    catalogue: Mapping[str, Any] = NOTHING_YET
    down = False
    try:
        catalogue = here.services.catalogue()
        shown = {entry.item_id for entry in [*kept, *([done.entry] if done else [])]}
        if len(kept) < GRID and not (done and done.failed):
            entries += fill(shelf, here, g.viewer, GRID - len(kept), shown)
        if not shelf.gives_way:
            interactions = here.services.interactions(g.viewer)
    except ServiceDown:
        down = True
    if done and not done.failed:
        interactions[done.entry.item_id] = done.action  # may still be on its way to the recommender
    text = render_template(
        "grid.html",
        shelf=shelf,
        cards=faces(entries, interactions),
        done=done,
        done_card=faces([done.entry], {})[0] if done else None,
        catalogue=catalogue,
        genres=_by_size(catalogue),
        progress=here.loader.progress(),
        down=down,
    )
    return (text, 503) if down or (done and done.failed) else text


def faces(entries: Sequence[Entry], interactions: Mapping[str, Action]) -> list[Card]:
    """Make cards of entries in the language of this request."""
    here = room()
    strangers = [entry.item_id for entry in entries if entry.item_id not in here.titles]
    titles = {**here.titles, **_introduced(strangers)} if strangers else here.titles
    return make_cards(entries, titles, g.language, here.words, interactions)


def card_html(card: Card, shelf: Shelf) -> str:
    """Return one card as it stands in a page."""
    return render_template("card.html", card=card, shelf=shelf, may_react=may_react())


def _by_size(catalogue: Mapping[str, Any]) -> list[str]:
    """Return the genres of the catalogue, the largest first."""
    counts: dict[str, int] = catalogue.get("genres") or {}
    return sorted(counts, key=lambda genre: (-counts[genre], genre))


def _introduced(item_ids: list[str]) -> dict[str, Title]:
    """Return what there is to say of titles that the page does not know: their genres."""
    try:
        genres = room().services.genres_of(item_ids)
    except ServiceDown:
        genres = {}
    return {
        each: Title(each, each, tuple(genres.get(each, ())), kind="unknown") for each in item_ids
    }
