"""The current generation: on disk first, then in Redis for everyone to see."""

import logging
from collections.abc import Callable
from contextlib import suppress
from os import listdir
from pathlib import Path
from time import monotonic, time
from typing import cast

from redis.exceptions import RedisError, ResponseError

from recs.errors import StoreUnavailable
from recs.stores import folders, keys
from recs.stores.breaker import CircuitBreaker
from recs.stores.connection import Client
from recs.stores.file_locks import locked
from recs.stores.script import Script
from recs.stores.segments import sync_folder
from recs.types import Generation

log = logging.getLogger(__name__)

FIRST = "first"
"""Empty file in the folder of a generation that began by itself, until items are added to it."""
LEASE_SECONDS = 0.25
"""How long (s) a process uses the generation it knows without a check; /cleanup waits as long."""


class Generations:
    """Begins generations, and says which is current. Its folder exists before Redis names it."""

    def __init__(self, redis: Client, namespace: str, data_dir: Path) -> None:
        self._redis = redis
        self._key = keys.current_generation(namespace)
        self._latest_stamp = keys.latest_stamp(namespace)
        self._ahead = time() - monotonic()
        """The clock of Redis minus `monotonic()`, at the last stamp; before it, of this process."""
        self._data_dir = data_dir
        self._folder = folders.generations(data_dir)
        self.breaker = CircuitBreaker()
        self._advance = Script(redis, "advance")
        self._stamp = Script(redis, "stamp")

    def begin(self) -> Generation:
        """Start a new generation: all earlier data is no longer used.

        The id comes from the clock of Redis, so a wrong clock of this process does no harm. It is
        greater than all earlier ids, in Redis or on disk. While Redis is down the id comes from
        this process's clock, and the folder alone makes the generation current. Other processes
        notice it within LEASE_SECONDS. Raises OSError.
        """
        generation = self.next()
        self.folder(generation).mkdir(parents=True, exist_ok=True)
        sync_folder(self._folder)  # a power cut must not bring the old one back
        try:
            return self._set(generation)
        except RedisError as error:
            log.warning("generation %d is not in Redis yet: %s", generation, error)
            return generation

    def is_first(self, generation: Generation) -> bool:
        """Say whether a generation began by itself, and was not claimed yet."""
        return (self.folder(generation) / FIRST).exists()

    def claim(self, generation: Generation) -> None:
        """Treat a generation that began by itself as if a /cleanup had begun it, from now on."""
        (self.folder(generation) / FIRST).unlink(missing_ok=True)

    def current(self) -> Generation:
        """Return the current generation; begin one if there is none. Raises RedisError.

        The disk decides if Redis names an older one: after Redis was down, emptied, or restored
        from an older snapshot.
        """
        known = self._known()
        return Generation(known) if known and known >= (self.on_disk() or 0) else self.restore()

    def look(self) -> Generation:
        """Return the current generation, even if Redis or the disk is down; 0 if there is none yet.

        While one of them is down the other decides.
        """
        return self._look(lambda: (self._known(), 0.0))[0]

    def stamp(self) -> tuple[Generation, float]:
        """Return `look()` and the Redis clock, for interactions that are about to be queued.

        Each time is later than all earlier ones, in all processes, even if the clock is set back.
        While Redis is down, time continues from the last stamp; before the first stamp, this
        process's clock is used.
        """
        return self._look(self._generation_and_time)

    def restore(self) -> Generation:
        """Set Redis to the newest generation on disk; begin one if there is none."""
        newest = self.on_disk() or self._known()
        return self._set(newest) if newest else self._begin_first()

    def on_disk(self) -> Generation | None:
        """Return the newest generation that has a folder."""
        return max(self.all_on_disk(), default=None)

    def all_on_disk(self) -> list[Generation]:
        """Return every generation that has a folder, oldest first."""
        if not self._folder.is_dir():
            return []
        return sorted(Generation(int(name)) for name in listdir(self._folder) if name.isdecimal())

    def folder(self, generation: Generation) -> Path:
        """Return the folder of a generation's files."""
        return folders.of_generation(self._data_dir, generation)

    def _look(self, ask: Callable[[], tuple[int, float]]) -> tuple[Generation, float]:
        """Return the newer of the generations that Redis and the disk name, and the time."""
        known, now = 0, monotonic() + self._ahead
        with suppress(RedisError, StoreUnavailable), self.breaker:
            known, now = ask()
        try:
            newest = self.on_disk() or 0
        except OSError as error:
            if not known:
                raise
            log.warning("the disk cannot be read: %s", error)
            newest = 0
        return Generation(max(known, newest)), now

    def _begin_first(self) -> Generation:
        """Begin the first generation. Processes that start together begin only one."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with locked(self._folder / "first.lock"):
            generation = self.on_disk()
            if not generation:
                generation = self.next()
                unnamed = self._folder / f".{generation}"
                unnamed.mkdir(exist_ok=True)
                (unnamed / FIRST).touch()
                unnamed.rename(self.folder(generation))
            return self._set(generation)

    def next(self) -> Generation:
        """Return an id greater than all earlier ones; the caller makes the generation's folder."""
        try:
            known, now = self._generation_and_time()
        except RedisError as error:
            log.warning("the id of the generation comes from this process's clock: %s", error)
            known, now = 0, time()
        return Generation(max(int(now * 1000), known + 1, (self.on_disk() or 0) + 1))

    def _generation_and_time(self) -> tuple[int, float]:
        known, microseconds = self._stamp([self._key, self._latest_stamp], ())
        now = int(microseconds) / 1e6
        self._ahead = now - monotonic()
        return int(known), now

    def _known(self) -> int:
        """Return what Redis names; 0 if it is nothing, or no id: then `_set` replaces it."""
        try:
            known = cast(bytes | None, self._redis.get(self._key)) or b""
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            known = b""
        return int(known) if known.isdigit() else 0

    def _set(self, generation: int) -> Generation:
        return Generation(int(self._advance([self._key], [generation])))


class GenerationLease:
    """The current generation, remembered for a short time so that not every call asks Redis."""

    def __init__(self, generations: Generations, clock: Callable[[], float] = monotonic) -> None:
        self._generations = generations
        self._clock = clock
        self._seen = (Generation(0), -float("inf"))
        """The generation, and since when it is known."""

    def now(self) -> Generation:
        """Return the current generation as of at most LEASE_SECONDS ago; 0 if there is none yet."""
        generation, since = self._seen
        is_valid = generation and self._clock() - since < LEASE_SECONDS
        return generation if is_valid else self.look()

    def is_current(self, generation: Generation) -> bool:
        """Say whether a generation is the current one, as of at most LEASE_SECONDS ago.

        One that is newer than the known one is asked for: it may have begun since. Raises OSError.
        """
        known = self.now()
        return generation == (self.look() if generation > known else known)

    def look(self) -> Generation:
        """Ask for the current generation, and renew the lease."""
        since = self._clock()  # before the look, which may miss a generation that begins meanwhile
        generation = self._generations.look()
        self._seen = max(self._seen, (generation, since))
        return generation
