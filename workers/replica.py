"""This process's picture of the current generation, kept up to date from the stream of events."""

import logging

from recs.ranker import Nearest, Ranker
from recs.ranking_settings import RankingSettings
from recs.interactions import TASTES
from recs.stores import Stores
from recs.stores.events import Event, GapInEvents
from recs.types import Generation

log = logging.getLogger(__name__)

EVENTS_A_CALL = 5_000


class Replica:
    """A ranker, and how far in the stream of its generation it has come."""

    def __init__(
        self, stores: Stores, generation: Generation, ranking: RankingSettings, nearest: Nearest | None
    ) -> None:
        self.generation = generation
        self.ranker = Ranker(ranking, seed=generation, nearest=nearest)
        self.has_new_titles = False
        """Whether titles came, or new genres of theirs, since somebody set this to False."""
        self._stores = stores
        self._items_known = 0
        # The end first: what happens while we load, we shall read again. Twice is harmless.
        self._position = stores.events.end(generation)
        self._load()

    def follow(self) -> int:
        """Take in what has happened; return how many events. Raises GapInEvents."""
        count = 0
        while events := self._stores.events.after(self.generation, self._position, EVENTS_A_CALL):
            for event in events:
                self._take(event)
            count += len(events)
            self._position = events[-1].position
        return count

    def _load(self) -> None:
        self._add_new_items()
        for user, tastes, shown in self._stores.viewers.histories(self.generation):
            self.ranker.record_impressions(user, shown)
            for item, taste in tastes.items():
                self.ranker.record_interaction(user, item, taste)
        log.info("generation %d: %d items loaded", self.generation, self._items_known)

    def _take(self, event: Event) -> None:
        if event.kind == "r":
            self.ranker.record_interaction(event.user, event.items[0], TASTES[event.sign])
        elif event.kind in ("i", "s"):
            self.ranker.record_impressions(event.user, event.items)
        elif event.kind == "c":
            self._add_new_items()
            self.ranker.add_items(self._stores.catalogue.genres_of(self.generation, event.items))
            self.has_new_titles = True

    def _add_new_items(self) -> None:
        new = self._stores.catalogue.since(self.generation, self._items_known)
        self.ranker.add_items(new)
        self._items_known += len(new)


__all__ = ["GapInEvents", "Replica"]
