"""Lists: where each tab gets its titles from, and which of them stay on the page.

The list "for you" stays as it was served, also after a reload or in a second tab, until the viewer
acts on a title or asks for more. So it is requested without recording impressions, and remembered.
"""

import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

from flask import g
from werkzeug.exceptions import NotFound

from app.page.client import Action, Entry, Refused, ServiceDown
from app.page.context import page_context
from app.page.filters import Filters
from app.page.memory import Viewer

GRID = 12
"""Cards on a page, until the viewer asks for more."""
LISTED_AT_MOST = 100
"""The recommender's limit for one list."""
FOUND_AT_MOST = 36
FRESH_SECONDS = 3.0
"""For how long after an interaction a list waits for its ranking; later it is surely done."""
STANDING_AT_MOST = 96
"""Limit of cards of one list "for you"."""

FOR_YOU, POPULAR, GENRE, SEARCH = "for_you", "popular", "genre", "search"
LIKED, DISLIKED, SEEN, WATCHLIST, NOT_NOW = "liked", "disliked", "seen", "watchlist", "not_now"
SAID: Mapping[str, Action] = {LIKED: "like", DISLIKED: "dislike", SEEN: "watched"}
REPLACING = {FOR_YOU, POPULAR, GENRE}
"""Tabs where the next card replaces one that got an interaction; on others the card stays."""
NAMES = REPLACING | {SEARCH, WATCHLIST, NOT_NOW, *SAID}


@dataclass(frozen=True)
class Tab:
    """A tab, with its genre or its query (`about`), and its filters."""

    name: str
    about: str = ""
    filters: Filters = field(default_factory=Filters)

    @classmethod
    def of(cls, name: str, about: str, filters: Filters) -> Self:
        """Return the tab that a request names. Raises NotFound."""
        if name not in NAMES:
            raise NotFound
        return cls(name, about, filters)

    @property
    def replaces(self) -> bool:
        """Return whether the next card replaces one that got an interaction."""
        return self.name in REPLACING

    @property
    def wanted(self) -> Filters:
        """Return its filters, and its genre as one of them."""
        return self.filters.of_genre(self.about) if self.name == GENRE else self.filters

    @property
    def key(self) -> str:
        """Return the key of its list in the memory."""
        return self.filters.address


def next_entries(
    tab: Tab, viewer: Viewer, said: Mapping[str, Action], k: int, shown: Collection[str]
) -> list[Entry]:
    """Return at most k entries of a tab that are not `shown`, best first.

    Raises ServiceDown, Refused.
    """
    if tab.name == SEARCH:
        found = [item.item_id for item in page_context().titles.search.find(tab.about, k)]
        return [Entry(item_id) for item_id in found]
    if tab.name in SAID:
        return [Entry(each) for each, action in said.items() if action == SAID[tab.name]][:k]
    if tab.name == WATCHLIST:
        return [Entry(each) for each in viewer.watchlist if each not in said][:k]
    if tab.name == NOT_NOW:
        until = {each: viewer.not_now[each] for each in viewer.put_off()}
        return [Entry(each) for each in sorted(until, key=lambda each: -until[each])][:k]
    hidden = {*shown, *said, *viewer.put_off()}
    after = viewer.after if time.time() - viewer.said_at < FRESH_SECONDS else 0
    entries = _ranked(tab, min(k + len(hidden), LISTED_AT_MOST), after)
    return [entry for entry in entries if entry.item_id not in hidden][:k]


def _ranked(tab: Tab, k: int, after: int) -> list[Entry]:
    """Ask the recommender for the titles of a tab, in its order."""
    services, wanted = page_context().services, tab.wanted.asked()
    if tab.name == FOR_YOU:
        return services.recommended(g.user_id, k, wanted, after)
    if tab.filters.sort == "latest":
        return services.latest(g.user_id, k, wanted)
    if not tab.filters.sort:
        return services.popular(g.user_id, k, wanted)
    entries = services.popular(g.user_id, LISTED_AT_MOST, wanted)
    titles = page_context().titles
    known = [(item, entry) for entry in entries if (item := titles.get(entry.item_id))]
    if tab.filters.sort == "year":
        known.sort(key=lambda each: -(each[0].year or 0))
    else:
        known.sort(key=lambda each: each[0].name.casefold())
    return [entry for _, entry in known]


def standing(tab: Tab, viewer: Viewer, said: Mapping[str, Action], k: int) -> list[Entry]:
    """Return the entries of a tab, filled up to k; the list "for you" is remembered.

    Raises ServiceDown, Refused.
    """
    if tab.name != FOR_YOU:
        return next_entries(tab, viewer, said, k, ())
    hidden = {*said, *viewer.put_off()}
    entries = [each for each in viewer.lists.get(tab.key, []) if each.item_id not in hidden]
    with suppress(ServiceDown, Refused):
        entries = known(entries)
    if len(entries) < k:
        shown = {entry.item_id for entry in entries}
        entries += next_entries(tab, viewer, said, k - len(entries), shown)
    viewer.keep(tab.key, entries)
    return entries


def more(tab: Tab, viewer: Viewer, said: Mapping[str, Action], k: int) -> list[Entry]:
    """Add at most k entries to the list "for you", and return the new ones.

    Raises ServiceDown, Refused.
    """
    entries = viewer.lists.get(tab.key, [])
    k = min(k, STANDING_AT_MOST - len(entries))
    if k <= 0:
        return []
    shown = {entry.item_id for entry in entries}
    new = next_entries(tab, viewer, said, k, shown)
    viewer.keep(tab.key, [*entries, *new])
    return new


def replaced(tab: Tab, viewer: Viewer, said: Mapping[str, Action], item_id: str) -> list[Entry]:
    """Replace an item by the next entry; return it, or nothing if there is none.

    A second call, as of a browser that lost its connection, returns the same entry. Raises
    ServiceDown, Refused.
    """
    if already := viewer.in_place_of(tab.key, item_id):
        return [already]
    shown = {item_id, *(each.item_id for each in viewer.lists.get(tab.key, []))}
    new = next_entries(tab, viewer, said, 1, shown)
    viewer.replace(tab.key, item_id, new[0] if new else None)
    return new


def another(tab: Tab, viewer: Viewer, said: Mapping[str, Action]) -> None:
    """Replace the list "for you" by another one, if there is one; keep the old one.

    Raises ServiceDown, Refused.
    """
    shown = {each.item_id for each in viewer.lists.get(tab.key, [])}
    entries = next_entries(tab, viewer, said, GRID, shown)
    if entries:
        viewer.put_aside(tab.key)
        viewer.keep(tab.key, entries)


def known(entries: list[Entry]) -> list[Entry]:
    """Leave out items that the recommender does not know, or that are hidden.

    Raises ServiceDown, Refused.
    """
    told = page_context().services.items(each.item_id for each in entries) if entries else {}
    return [each for each in entries if each.item_id in told]
