"""All titles that the page can name: from its files and from the recommender's catalogue."""

import logging
import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any

from app.page.client import Refused, ServiceDown, Services
from app.page.items import Item, Items
from app.page.search import Search

log = logging.getLogger(__name__)

LONG_SECONDS = 0.5
PAUSE_SHARE = 10
"""After a reading that took LONG_SECONDS, the pause is so many times as long: 100,000 titles that
change all the time must not take a whole core."""


class Titles:
    """Items by id, and the search among those of the catalogue. The constructor starts nothing."""

    def __init__(self, services: Services, items: Items) -> None:
        self._services = services
        self._own = self._known = items
        self._told: Items = {}
        self._read: tuple[int, int] | None = None
        self._alone = threading.Lock()
        self._earliest = 0.0
        """When to read again, by `monotonic`."""
        self.search = Search(items.values())

    def get(self, item_id: str) -> Item | None:
        """Return an item as the catalogue has it, or as the page's files have it."""
        return self._known.get(item_id)

    def look(self, catalogue: Mapping[str, Any]) -> None:
        """Read the catalogue in the background if its generation or version has changed."""
        state = (int(catalogue["generation"]), int(catalogue["version"]))
        if state == self._read or monotonic() < self._earliest:
            return
        if not self._alone.acquire(blocking=False):
            return
        threading.Thread(target=self._follow, args=(state,), daemon=True, name="titles").start()

    def _follow(self, state: tuple[int, int]) -> None:
        begun = monotonic()
        try:
            self.read_catalogue()
            self._read = state
            if (took := monotonic() - begun) >= LONG_SECONDS:
                self._earliest = monotonic() + PAUSE_SHARE * took
        except (ServiceDown, Refused) as error:
            log.info("the catalogue could not be read: %s", error)
        finally:
            self._alone.release()

    def read_catalogue(self) -> None:
        """Read the whole catalogue. Raises ServiceDown, Refused."""
        told = {
            str(each["item_id"]): Item.told(each, self._own.get(str(each["item_id"])))
            for each in self._services.all_items()
        }
        if told != self._told:
            # Interactions with others change nothing. While it is empty, our own may yet come.
            named = (item for item in (told or self._own).values() if item.name != item.item_id)
            self.search = Search(named)
            self._known, self._told = {**self._own, **told}, told
