"""The tabs of the page: where each gets its titles from."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from werkzeug.exceptions import NotFound

from app.page.entries import Entry
from app.page.room import Room

GRID = 12
FOUND_AT_MOST = 24
LIKED_AT_MOST = 60
LISTED_AT_MOST = 100
"""The recommender refuses to list more at once."""

FOR_YOU, POPULAR, GENRE, LIKED, SEARCH = "for_you", "popular", "genre", "liked", "search"
GIVING_WAY = {FOR_YOU, POPULAR, GENRE}
"""Tabs whose cards give way to the next title after an interaction; elsewhere they stay."""
TABS = GIVING_WAY | {LIKED, SEARCH}


@dataclass(frozen=True)
class Shelf:
    """A tab, with the genre or the query that it is about."""

    tab: str
    about: str = ""

    @classmethod
    def of(cls, tab: str, about: str) -> Self:
        """Return the shelf that a request names. Raises NotFound."""
        if tab not in TABS:
            raise NotFound
        return cls(tab, about)

    @property
    def gives_way(self) -> bool:
        """Tell whether a title leaves once it has an interaction."""
        return self.tab in GIVING_WAY


def fill(shelf: Shelf, room: Room, viewer: str, k: int, shown: Collection[str]) -> list[Entry]:
    """Return at most k titles that are not yet `shown`, best first. Raises ServiceDown."""
    services = room.services
    if shelf.tab == SEARCH:
        return _found(room, shelf.about)
    if shelf.tab == LIKED:
        liked = [each for each, action in services.interactions(viewer).items() if action == "like"]
        return [Entry(item_id) for item_id in liked[:LIKED_AT_MOST]]
    if shelf.tab == FOR_YOU:
        # Each answer counts as shown, so only as many are asked for as there is room.
        entries = services.recommended(viewer, k)
    else:
        wanted = min(k + len(shown), LISTED_AT_MOST)
        entries = services.popular(viewer, wanted, shelf.about or None)
    return [entry for entry in entries if entry.item_id not in shown][:k]


def _found(room: Room, query: str) -> list[Entry]:
    """Leave out titles that the recommender does not have: liking those would move nothing."""
    found = [title.item_id for title in room.search.find(query, FOUND_AT_MOST)]
    known = room.services.genres_of(found) if found else {}
    return [Entry(item_id) for item_id in found if item_id in known]
