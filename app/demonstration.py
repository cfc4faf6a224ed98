"""The demonstration: the project's titles, removed when somebody adds the first of their own.

Before the first /cleanup, the page loads them into an empty catalogue. Nobody wants them among
their own titles.
"""

from collections.abc import Collection
from functools import cache

from app.page.items import read_items
from recs.stores import Stores
from recs.types import Generation, ItemId


@cache
def demonstration() -> frozenset[ItemId]:
    """Return the ids of the demonstration titles."""
    return frozenset(ItemId(item) for item in read_items(""))


def make_room(stores: Stores, generation: Generation, brought: Collection[str]) -> int:
    """Remove the demonstration, except what is brought; return how many titles were removed.

    brought: ids of somebody's own titles. This happens once, and only in a generation that began
    by itself: later, a title with one of these ids is somebody's own. Raises OSError.
    """
    if not brought or not stores.generations.is_first(generation):
        return 0
    titles, own, catalogue = demonstration(), set(brought), stores.catalogues.of(generation)
    catalogue.refresh()
    gone = [
        item
        for item in titles - own
        if (row := catalogue.rows.get(item)) is not None and catalogue.is_added(row)
    ]
    catalogue.remove(gone)
    stores.generations.claim(generation)
    return len(gone)
