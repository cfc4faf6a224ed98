"""The tabs of the page: where each gets its items from, and each as a whole page."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from flask import g, render_template, request
from werkzeug.exceptions import NotFound

from app.page.cards import make_cards
from app.page.client import Action, Entry, ServiceDown
from app.page.context import blueprint, page_context

GRID = 12
"""Cards on a page."""
FOUND_AT_MOST = 24
LIKED_AT_MOST = 60
LISTED_AT_MOST = 100
"""The recommender refuses to list more at once."""

FOR_YOU, POPULAR, GENRE, LIKED, SEARCH = "for_you", "popular", "genre", "liked", "search"
REPLACING = {FOR_YOU, POPULAR, GENRE}
"""Tabs where the next card replaces one that got an interaction; elsewhere it stays."""
NAMES = REPLACING | {LIKED, SEARCH}

Rendered = str | tuple[str, int]


@dataclass(frozen=True)
class Tab:
    """A tab, with the genre or the query that it is about."""

    name: str
    about: str = ""

    @classmethod
    def of(cls, name: str, about: str) -> Self:
        """Return the tab that a request names. Raises NotFound."""
        if name not in NAMES:
            raise NotFound
        return cls(name, about)

    @property
    def replaces(self) -> bool:
        """Tell whether the next card replaces one that got an interaction."""
        return self.name in REPLACING


@dataclass(frozen=True)
class Done:
    """What the user has just done without JavaScript; it is told above the cards."""

    entry: Entry
    action: Action
    failed: bool = False


@blueprint.get("/")
def for_you() -> Rendered:
    """Show what the recommender has for this user."""
    return show(Tab(FOR_YOU))


@blueprint.get("/popular")
def popular() -> Rendered:
    """Show what most people like."""
    return show(Tab(POPULAR))


@blueprint.get("/genre")
def genre() -> Rendered:
    """Show what most people like in one genre."""
    return show(Tab(GENRE, request.args.get("name", "")))


@blueprint.get("/liked")
def liked() -> Rendered:
    """Show what this user has liked so far, newest first."""
    return show(Tab(LIKED))


@blueprint.get("/search")
def search() -> Rendered:
    """Show items by name."""
    return show(Tab(SEARCH, request.args.get("q", "").strip()))


def show(tab: Tab, kept: Sequence[Entry] = (), done: Done | None = None) -> Rendered:
    """Return the page of a tab: the entries that it keeps, filled up with new ones."""
    context = page_context()
    entries, interactions = list(kept), dict[str, Action]()
    catalogue: Mapping[str, Any] = {"items": 0, "genres": {}}
    failed = done is not None and done.failed
    down = False
    try:
        catalogue = context.services.catalogue()
        shown = {entry.item_id for entry in [*kept, *([done.entry] if done else [])]}
        if len(kept) < GRID and not failed:
            entries += next_entries(tab, GRID - len(kept), shown)
        interactions = {} if tab.replaces else context.services.interactions(g.user_id)
    except ServiceDown:
        down = True
    if done and not failed:
        interactions[done.entry.item_id] = done.action  # the recommender may not have it yet
    text = render_template(
        "tab.html",
        tab=tab,
        cards=make_cards(entries, interactions),
        done=done,
        done_card=make_cards([done.entry], {})[0] if done else None,
        catalogue=catalogue,
        genres=_largest_first(catalogue.get("genres") or {}),
        progress=context.loader.progress(),
        down=down,
    )
    return (text, 503) if down or failed else text


def next_entries(tab: Tab, k: int, shown: Collection[str]) -> list[Entry]:
    """Return at most k entries of a tab that are not `shown`, best first. Raises ServiceDown."""
    services = page_context().services
    if tab.name == SEARCH:
        return _found(tab.about)
    if tab.name == LIKED:
        interactions = services.interactions(g.user_id)
        liked = [item_id for item_id, action in interactions.items() if action == "like"]
        return [Entry(item_id) for item_id in liked[:LIKED_AT_MOST]]
    if tab.name == FOR_YOU:
        # Each item of the answer counts as an impression: ask for no more than is shown.
        entries = services.recommended(g.user_id, k)
    else:
        wanted = min(k + len(shown), LISTED_AT_MOST)
        entries = services.popular(g.user_id, wanted, tab.about or None)
    return [entry for entry in entries if entry.item_id not in shown][:k]


def _found(query: str) -> list[Entry]:
    """Leave out what the recommender does not have: an interaction with it changes nothing."""
    context = page_context()
    found = [item.item_id for item in context.search.find(query, FOUND_AT_MOST)]
    known = context.services.genres_of(found) if found else {}
    return [Entry(item_id) for item_id in found if item_id in known]


def _largest_first(counts: Mapping[str, int]) -> list[str]:
    """Return the genres of the catalogue, the largest first."""
    return sorted(counts, key=lambda genre: (-counts[genre], genre))
