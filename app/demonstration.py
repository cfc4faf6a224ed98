"""The titles that come with the project make room for the first ones that somebody brings.

The page loads them by itself, before the first /cleanup, into a catalogue that is empty. They are a
demonstration: nobody wants them between their own.
"""

from collections.abc import Collection
from functools import cache

from app.page.items import read_items
from recs.stores import Stores
from recs.types import Generation, ItemId


@cache
def demonstration() -> frozenset[ItemId]:
    """Return the ids of these titles."""
    return frozenset(ItemId(item) for item in read_items(""))


def make_room(stores: Stores, generation: Generation, brought: Collection[str]) -> int:
    """Take the demonstration out, but for what is brought; return how many titles that were.

    brought: ids of somebody's own titles. It happens once, and only in a generation that began by
    itself: what comes later under one of these ids is somebody's own. Raises OSError.
    """
    if not brought or not stores.generations.is_first(generation):
        return 0
    titles, own, catalogue = demonstration(), set(brought), stores.catalogues.of(generation)
    catalogue.refresh()
    gone = [
        item
        for item in titles - own
        if (row := catalogue.row_or_none(item)) is not None and catalogue.is_added(row)
    ]
    catalogue.remove(gone)
    stores.generations.claim(generation)
    return len(gone)
