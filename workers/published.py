"""What slates are ranked from: item statistics and models, mapped as they are published."""

import logging
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

from recs.errors import ModelUnreadable
from recs.ranking.ease import Ease
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.sources import Sources
from recs.stores import Stores
from recs.stores.published import PublishedStatistics
from recs.types import Generation

if TYPE_CHECKING:
    from recs.stores.vectors import Vectors

log = logging.getLogger(__name__)


class Published:
    """The newest statistics and models of one generation."""

    def __init__(
        self, stores: Stores, generation: Generation, vectors: "Vectors | None" = None
    ) -> None:
        """vectors: what finds the nearest items; without, all of them are compared."""
        self.generation = generation
        self.item_statistics = PublishedStatistics(stores.statistics, generation)
        self.ease_since = -inf
        """Since when the newest EASE is used here, by `monotonic`."""
        self._stores = stores
        self._vectors = vectors
        self._model: int | None = None
        self._items: ItemVectors | None = None
        self._ease_number = 0
        self._ease: Ease | None = None
        self._sources: Sources | None = None

    def sources(self) -> Sources | None:
        """Return the newest; None before the first statistics. Cheap while nothing changes.

        While one of them cannot be read, the one before is used, and the next call tries again.
        """
        is_new = False
        for look in (self.item_statistics.refresh, self._look_at_model, self._look_at_ease):
            try:
                is_new |= look()
            except OSError as error:
                log.error("ranking goes on with what was published before: %s", error)
        statistics, before = self.item_statistics.statistics, self._sources
        is_new |= before is None or before.statistics is not statistics
        if is_new and statistics is not None:
            nearest = self._vectors.nearest if self._vectors and self._items is not None else None
            self._sources = Sources(statistics, self._items, nearest, self._ease)
        return self._sources

    def _look_at_model(self) -> bool:
        """Map the current version of the model, if it is another one; say whether it is."""
        choice = self._stores.models.current(self.generation)
        if choice is None or choice.number == self._model:
            return False
        try:
            vectors = self._stores.models.item_vectors(self.generation, choice.number)
        except ModelUnreadable as error:
            log.error("ranking goes on with the model before: %s", error)
            self._model = choice.number  # a damaged one is tried only once
            return False
        self._model = choice.number
        if self._vectors:
            self._vectors.use(self.generation, choice.number, vectors)
        self._items = ItemVectors(vectors)
        return True

    def _look_at_ease(self) -> bool:
        """Map a newer EASE model, if there is one."""
        newest = self._stores.statistics.newest(self.generation, "ease", known=self._ease_number)
        if newest is None:
            return False
        self._ease_number, arrays, meta = newest
        self.ease_since = monotonic()
        try:
            n_items = int(arrays["rows"].max(initial=-1)) + 1
            self._ease = Ease.of(
                arrays["rows"], arrays["weights"], n_items, meta["trust"], meta["old"]
            )
        except (KeyError, TypeError, ValueError) as error:
            log.error("EASE of another version of this service is left out: %r", error)
            return False
        return True
