"""What a web process knows of the items of one generation, so that requests ask only for a user.

It is read from disk, except the cold-start slates: so it does not need Redis.
"""

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from json import dumps
from threading import Lock
from time import monotonic, time
from typing import cast

import numpy as np
from numpy.typing import NDArray

from app.improvising import Improvised
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.ranker import explored_in
from recs.ranking.reservations import Wish
from recs.ranking.slates import ENTRY, NO_ENTRIES, SOURCES, Entries, pack, unpack
from recs.ranking.sources import Sources
from recs.stores import Stores
from recs.stores.catalogue import Catalogue
from recs.types import Generation, IntArray, ItemId, Json, Row
from workers.published import Published

COLD_START_SLATES = 8
"""Taken ahead by each web process, so that new users who come together get different slates."""
COLD_START_SECONDS = 2.0
"""An unused slate is dropped after that time if there are newer statistics."""
BLIND_ITEMS = 1_000
"""The most popular items, from which lists are made without Redis."""
FILL_ITEMS = 50
"""Popular items sent with each request to Redis (9 bytes each): a user who has seen their slate
gets a list from them without a second request."""
MASKS_KEPT = 32
"""Filters whose masks are kept; a mask takes a byte per item."""
Mask = NDArray[np.bool_]
"""(n_items,), whether each item may be in a list."""
POPULAR = SOURCES.index("popular")


class ItemView:
    """The items of one generation. Any thread may use it."""

    def __init__(self, stores: Stores, generation: Generation) -> None:
        self.generation = generation
        self.catalogue = catalogue = stores.catalogues.of(generation)
        self._stores = stores
        self._published = Published(stores, generation)
        self._statistics = self._published.item_statistics
        self._encoded: list[bytes] = []
        self._popular: tuple[object, int, IntArray] = (None, -1, np.zeros(0, np.int64))
        self._fill: tuple[IntArray, bytes] = (self._popular[2], b"")
        self._improvised = Improvised(stores.settings.ranking)
        self._turn = 0
        self._masks = lru_cache(MASKS_KEPT)(lambda _, make, *wanted: make(catalogue, *wanted))
        self._cold_start: deque[bytes] = deque()
        self._cold_start_taken = 0.0
        self._cold_start_number = 0
        self._lock = Lock()
        self._mapping = Lock()
        """Held for longer than the other: a model is read as a whole once, for its checksum."""

    @property
    def statistics(self) -> ItemStatistics | None:
        """Return the newest item statistics; None before the first."""
        return self._statistics.statistics

    @property
    def figures(self) -> Json:
        """Return the figures of the statistics worker."""
        return self._statistics.figures

    def refresh(self) -> None:
        """Read what was appended to the catalogue, and map newer statistics. Raises OSError."""
        with self._lock:
            self.catalogue.refresh()
            self._encode()
        with self._mapping:
            self._statistics.refresh()

    def sources(self) -> Sources | None:
        """Return the newest statistics and models; None before the first."""
        with self._mapping:
            return self._published.sources()

    def refill(self) -> None:
        """Take cold-start slates ahead; drop old ones. Raises RedisError."""
        is_old = monotonic() - self._cold_start_taken > COLD_START_SECONDS
        if is_old and self._statistics.number != self._cold_start_number:
            self._let_go(list(iter(self._take_prepared, b"")))
        wanted = COLD_START_SLATES - len(self._cold_start)
        if wanted > COLD_START_SLATES // 2:
            if not self._cold_start:
                self._cold_start_taken = monotonic()
                self._cold_start_number = self._statistics.number
            self._cold_start.extend(self._stores.cold_start.take(self.generation, wanted))

    def take_cold_start(self) -> bytes:
        """Take a slate for a new user. If none is prepared: popular items, others each time."""
        if slate := self._take_prepared():
            return slate
        length = self._stores.settings.list_size
        rows = self._improvised.rows(self._by_popularity(), self.statistics, length)
        return pack(self._entries(rows))

    def _take_prepared(self) -> bytes:
        try:
            return self._cold_start.popleft()
        except IndexError:
            return b""

    def put_back(self, slate: bytes) -> None:
        """Return a slate that was not needed."""
        self._cold_start.appendleft(slate)

    def popular(
        self, k: int, hidden: Collection[Row] = frozenset(), within: Mask | None = None
    ) -> Entries:
        """Return the best k known items that are not hidden; items just added come last.

        within: only items that it allows.
        """
        self.read_on()
        rows = self._by_popularity()
        return self._entries(_first(k, rows, hidden, within))

    def fill(self) -> bytes:
        """Return the most popular items, packed once, for users who have seen their whole slate."""
        rows = self._by_popularity()
        of_rows, packed = self._fill
        if of_rows is not rows:
            packed = pack(self._entries(rows[:FILL_ITEMS]))
            self._fill = (rows, packed)
        return packed

    def latest(self, k: int, hidden: Collection[Row], within: Mask | None) -> Entries:
        """Return the k newest known items, newest first."""
        self.read_on()
        rows = np.flatnonzero(known_in(self.catalogue))[::-1]
        return self._entries(_first(k, rows, hidden, within))

    def mask(self, make: Callable[..., Mask], *wanted: Hashable) -> Mask:
        """Return which items a filter allows. The mask is kept while the catalogue is the same."""
        mask: Mask = self._masks(self.catalogue.changes, make, *wanted)
        return mask

    def blind(self, k: int) -> Entries:
        """Return k popular items without knowing the user; other items each time."""
        self.read_on()
        rows = self._by_popularity()[:BLIND_ITEMS]
        if not len(rows):
            return NO_ENTRIES
        start, self._turn = self._turn % len(rows), self._turn + k
        return self._entries(np.roll(rows, -start)[:k])

    def only_known(self, entries: Entries) -> Entries:
        """Leave out items that the catalogue does not know, even after it was read on."""
        rows, catalogue = entries["row"].tolist(), self.catalogue
        if rows and max(rows) >= len(catalogue):
            self.read_on()
        kept = [row < len(catalogue) and catalogue.known[row] == 1 for row in rows]
        return entries if all(kept) else cast(Entries, entries[kept])

    def is_known(self, row: Row) -> bool:
        """Say whether an item may be recommended, as far as this process has read."""
        return row < len(self.catalogue) and self.catalogue.known[row] == 1

    def ids(self, rows: Iterable[Row]) -> list[ItemId]:
        """Return the items' ids, without items that are no longer known."""
        rows, ids = list(rows), self.catalogue.ids
        if rows and max(rows) >= len(ids):
            self.read_on()
        return [ids[row] for row in rows if row < len(ids) and ids[row]]

    def answer(self, rows: Sequence[Row]) -> bytes:
        """Return the body of an answer with these known items: {"item_ids": […]}."""
        try:
            encoded = [self._encoded[row] for row in rows]
        except IndexError:
            with self._lock:
                self._encode()
            encoded = [self._encoded[row] for row in rows]
        return b'{"item_ids":[' + b",".join(encoded) + b"]}\n"

    def _encode(self) -> None:
        """Encode as JSON the ids that are not encoded yet."""
        ids, first = self.catalogue.ids, len(self._encoded)
        self._encoded.extend(dumps(each).encode() for each in ids[first:])

    def read_on(self) -> None:
        """Read items that other processes have added."""
        with suppress(OSError):
            self.catalogue.refresh()

    def _by_popularity(self) -> IntArray:
        """Return the rows of all known items, best first, items just added last."""
        statistics, changes = self.statistics, self.catalogue.changes
        of_statistics, of_changes, rows = self._popular
        if of_statistics is not statistics or of_changes != changes:
            rows = _sorted(self.catalogue, statistics)
            self._popular = (statistics, changes, rows)
        return rows

    def _entries(self, rows: IntArray) -> Entries:
        entries = np.zeros(len(rows), ENTRY)
        entries["row"], entries["source"] = rows, POPULAR
        if self.statistics is not None:
            counted = rows < len(self.statistics)
            entries["score"][counted] = np.log(self.statistics.rates[rows[counted]])
        return cast(Entries, entries)

    def _let_go(self, slates: Sequence[bytes]) -> None:
        """Return the exploration slots of these slates to others. Raises RedisError."""
        wishes = [Wish(explored_in(unpack(each)), (), 0) for each in slates]
        self._stores.reserved.claim(self.generation, time(), wishes)


def _first(k: int, rows: IntArray, hidden: Collection[Row], within: Mask | None) -> IntArray:
    """Return the first k rows that are not hidden and that a filter allows."""
    if within is not None:
        rows = rows[rows < len(within)]
        rows = rows[within[rows]]
    best = rows[: k + len(hidden)].tolist()  # enough, even if all that is hidden were among them
    return np.array([row for row in best if row not in hidden][:k], np.int64)


def known_in(catalogue: Catalogue) -> Mask:
    """Return which items of a catalogue may be recommended."""
    mask: Mask = np.frombuffer(bytes(catalogue.known), np.uint8)[: len(catalogue)] == 1
    return mask


def _sorted(catalogue: Catalogue, statistics: ItemStatistics | None) -> IntArray:
    is_known = known_in(catalogue)
    if statistics is None:
        return np.flatnonzero(is_known)
    popular = statistics.candidates.popular.astype(np.int64)
    popular = popular[popular < len(is_known)]
    popular = popular[is_known[popular]]
    is_known[popular] = False
    return np.concatenate([popular, np.flatnonzero(is_known)])
