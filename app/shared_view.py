"""What a web process knows of everybody, so that a request asks Redis only for one user's keys.

A thread refreshes it several times a second: the generation, the catalogue, the item statistics,
and slates for users never heard of. All but the slates come from the disk, so it survives Redis.
"""

import logging
from collections import deque
from collections.abc import Iterable, Sequence
from json import dumps
from threading import Event, Lock, Thread
from typing import cast

import numpy as np
from redis.exceptions import RedisError

from recs.ranking.item_statistics import ItemStatistics, similarity_from_arrays
from recs.ranking.similarity import NO_SIMILARITY, Similarity
from recs.ranking.slates import ENTRY, SOURCES, Entries
from recs.stores import Stores
from recs.stores.catalogue import HOLE, Catalogue
from recs.stores.generations import GenerationLease
from recs.types import Generation, IntArray, Json, Row

log = logging.getLogger(__name__)

REFRESH_SECONDS = 0.2
COLD_START_SLATES = 8
"""Taken ahead by each web process; newcomers who come at once get different ones."""
COLD_START_SECONDS = 2.0
"""A slate that nobody took by then is thrown away: popularity moves."""
POPULAR = SOURCES.index("popular")


class SharedView:
    """Of the current generation. Any thread may use it; `start` begins the refreshing."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._lease = GenerationLease(stores.generations)
        self._of_generation = _Items(stores, Generation(0))
        self._cold_start: deque[bytes] = deque()
        self._cold_start_age = 0
        self._turn = 0
        self._lock = Lock()
        self._thread: Thread | None = None
        self._stopped = Event()

    def start(self) -> None:
        """Begin to refresh, unless that has begun already in this process. Only after a fork."""
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = Thread(target=self._run, name="shared view", daemon=True)
                    self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()

    def generation(self) -> Generation:
        """Return the current generation, known for a quarter of a second at most."""
        return self._lease.now()

    def look_for_generation(self) -> Generation:
        """Ask for the current generation: this process has begun one."""
        return self._lease.look()

    def items(self) -> "_Items":
        """Return what is known of the current generation's items."""
        generation = self._lease.now()
        known = self._of_generation
        if known.generation != generation:
            with self._lock:
                if self._of_generation.generation != generation:
                    self._of_generation = _Items(self._stores, generation)
                    self._of_generation.refresh()
                    self._cold_start.clear()
                known = self._of_generation
        return known

    def cold_start_slate(self) -> bytes:
        """Take a slate for a user never heard of; empty if there is none."""
        try:
            return self._cold_start.popleft()
        except IndexError:
            return b""

    def put_back(self, slate: bytes) -> None:
        """Return a slate that was not needed."""
        self._cold_start.appendleft(slate)

    def next_items(self, k: int) -> Entries:
        """Return k popular items without asking Redis, others each time."""
        rows = self.items().by_popularity()[:1000]
        if not len(rows):
            return np.zeros(0, ENTRY)
        start, self._turn = self._turn % len(rows), self._turn + k
        return as_entries(np.roll(rows, -start)[:k], POPULAR)

    def refresh(self) -> None:
        """Look at all of it once. Raises RedisError, OSError."""
        self._lease.look()
        items = self.items()
        items.refresh()
        self._refill(items.generation)

    def _refill(self, generation: Generation) -> None:
        """Take slates ahead; throw them away when they are old."""
        self._cold_start_age += 1
        if self._cold_start_age * REFRESH_SECONDS > COLD_START_SECONDS:
            self._cold_start.clear()
        if not self._cold_start:
            self._cold_start_age = 0
        wanted = COLD_START_SLATES - len(self._cold_start)
        if wanted > COLD_START_SLATES // 2:
            self._cold_start.extend(self._stores.cold_start.take(generation, wanted))

    def _run(self) -> None:
        while not self._stopped.wait(REFRESH_SECONDS):
            try:
                self.refresh()
            except (RedisError, OSError) as error:
                log.debug("the shared view stays as it is: %s", error)
            except Exception:
                log.exception("the shared view could not be refreshed")


class _Items:
    """The items of one generation as this process knows them."""

    def __init__(self, stores: Stores, generation: Generation) -> None:
        self.generation = generation
        self.catalogue: Catalogue = stores.catalogues.of(generation)
        self.statistics: ItemStatistics | None = None
        self.figures: Json = {}
        """What the statistics worker tells of its work, for the dashboard."""
        self._stores = stores
        self._numbers: dict[str, int | None] = {}
        self._similarity: Similarity = NO_SIMILARITY
        self._encoded: list[bytes] = []
        self._popular: tuple[object, IntArray] = (None, np.zeros(0, np.int64))
        self._lock = Lock()

    def refresh(self) -> None:
        """Read what was appended to the catalogue, and map newer statistics. Raises OSError."""
        self.catalogue.refresh()
        files = self._stores.statistics
        for name in ("similarity", "statistics"):
            if files.newest_number(self.generation, name) == self._numbers.get(name):
                continue
            newest = files.newest(self.generation, name)
            if newest is None:
                continue
            self._numbers[name], arrays, meta = newest
            if name == "similarity":
                self._similarity = similarity_from_arrays(arrays)
            else:
                self.figures = meta["figures"]
                self.statistics = ItemStatistics.from_arrays(arrays, meta, self._similarity)

    def answer(self, rows: Iterable[Row]) -> bytes:
        """Return the body of an answer with these items: {"item_ids": [...]}."""
        encoded = self._encoded
        try:
            return b'{"item_ids":[' + b",".join([encoded[row] for row in rows]) + b"]}\n"
        except IndexError:
            self._encode()
            return b'{"item_ids":[' + b",".join([self._encoded[row] for row in rows]) + b"]}\n"

    def ids(self, rows: Sequence[Row]) -> list[str]:
        """Return the items' ids. Reads on where another process knows more."""
        if rows and max(rows) >= len(self.catalogue):
            self.catalogue.refresh()
        return [self.catalogue.ids[row] for row in rows]

    def by_popularity(self) -> IntArray:
        """Return the rows of all known items, the best first, those just added last."""
        key = (id(self.statistics), self.catalogue.read_bytes)
        if self._popular[0] != key:
            self._popular = (key, self._sorted())
        return self._popular[1]

    def unseen(self, hidden: IntArray, k: int) -> IntArray:
        """Return the rows of the best k known items that are not among `hidden`."""
        rows = self.by_popularity()
        return rows[~np.isin(rows, hidden)][:k]

    def _sorted(self) -> IntArray:
        known = np.flatnonzero(np.frombuffer(bytes(self.catalogue.known), np.uint8))
        known = known[[self.catalogue.ids[row] != HOLE for row in known.tolist()]]
        popular = np.zeros(0, np.int64) if self.statistics is None else (
            self.statistics.pools.popular.astype(np.int64)
        )  # fmt: skip
        return np.concatenate([popular, np.setdiff1d(known, popular)])

    def _encode(self) -> None:
        """Write the ids as JSON that are not written yet."""
        with self._lock:
            self.catalogue.refresh()
            ids = self.catalogue.ids
            self._encoded.extend(dumps(ids[row]).encode() for row in range(len(self._encoded), len(ids)))


def as_entries(rows: IntArray, source: int) -> Entries:
    """Return entries without a score."""
    entries = np.zeros(len(rows), ENTRY)
    entries["row"], entries["source"] = rows, source
    return cast(Entries, entries)
