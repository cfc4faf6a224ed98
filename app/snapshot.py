"""What a recommender answers when Redis cannot: everyone's titles, as last seen."""

import logging
from dataclasses import dataclass
from itertools import islice
from threading import Lock, Thread
from time import sleep

from redis.exceptions import RedisError

from recs.stores import Stores
from recs.stores.lists import Listed
from recs.types import Generation, ItemId

log = logging.getLogger(__name__)

PERIOD_SECONDS = 2.0
LENGTH = 1_000


@dataclass(frozen=True)
class Titles:
    """Entries of one generation, best first."""

    generation: Generation | None = None
    entries: tuple[Listed, ...] = ()


class Snapshot:
    """Looks at Redis every two seconds, from a thread that starts with the first request."""

    def __init__(self, stores: Stores) -> None:
        self._stores = stores
        self._titles = Titles()
        self._turn = 0
        self._start = Lock()
        self._reading = Lock()
        self._thread: Thread | None = None

    def watch(self) -> None:
        """Begin to look, unless that has begun already in this process."""
        if self._thread is None:
            with self._start:
                if self._thread is None:
                    self._thread = Thread(target=self._run, name="snapshot", daemon=True)
                    self._thread.start()

    def next_titles(self, k: int) -> list[Listed]:
        """Return k titles of the current generation, others each time; fewer if there are not enough."""
        entries = self._entries_of(self.newest_generation())
        if not entries:
            return []
        start, self._turn = self._turn % len(entries), self._turn + k
        return list((entries + entries)[start : start + min(k, len(entries))])

    def newest_generation(self) -> Generation | None:
        """Return the newest generation on disk; the one last seen while the disk cannot be read."""
        try:
            return self._stores.generations.on_disk()
        except OSError as error:
            log.warning("the disk cannot be read: %s", error)
            return self._titles.generation

    def _entries_of(self, generation: Generation | None) -> tuple[Listed, ...]:
        """Return what was last seen of a generation; its catalogue on disk if nothing was."""
        with self._reading:
            if generation and (self._titles.generation != generation or not self._titles.entries):
                self._titles = self._read_disk(generation)
            return self._titles.entries if generation else ()

    def _run(self) -> None:
        while True:
            try:
                self._titles = self._look() or self._titles
            except (RedisError, OSError) as error:
                log.debug("snapshot kept: %s", error)
            sleep(PERIOD_SECONDS)

    def _look(self) -> Titles | None:
        """Return what Redis has; None while it has no titles, or has lost them."""
        generation = self._stores.generations.current()
        entries = tuple(self._stores.lists.popular(generation))
        return Titles(generation, entries) if entries else None

    def _read_disk(self, generation: Generation) -> Titles:
        try:
            items = list(islice(self._stores.log.read_catalogue(generation), LENGTH))
        except OSError:
            items = []
        return Titles(generation, tuple(Listed(ItemId(item), "") for item in items))
