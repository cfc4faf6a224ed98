"""The current generation: on disk first, then in Redis for everyone to see."""

import logging
from collections.abc import Callable
from contextlib import suppress
from fcntl import LOCK_EX, flock
from os import listdir
from pathlib import Path
from time import monotonic, time
from typing import cast

from redis.exceptions import RedisError

from recs.errors import StoreUnavailable
from recs.stores import keys
from recs.stores.breaker import CircuitBreaker
from recs.stores.connection import Client, Script
from recs.stores.segments import sync_folder
from recs.types import Generation

log = logging.getLogger(__name__)

FIRST = "first"
"""Empty file in the folder of a generation that began by itself, until somebody brings titles."""
LEASE_SECONDS = 0.25
"""How long a process goes on with the generation it knows; /cleanup waits this long."""


class Generations:
    """Begin generations, and tell which one it is. The folder exists before Redis names it."""

    def __init__(self, redis: Client, namespace: str, data_dir: Path) -> None:
        self._redis = redis
        self._key = keys.current_generation(namespace)
        self._latest_stamp = keys.latest_stamp(namespace)
        self._ahead = time() - monotonic()
        """The clock of Redis less that of `monotonic`, as far as it is known."""
        self._folder = data_dir / "generations"
        self.breaker = CircuitBreaker("Redis")
        self._advance = Script(redis, "advance")
        self._stamp = Script(redis, "stamp")

    def begin(self) -> Generation:
        """Start a new generation: everything that came before is gone.

        The id is the Redis clock's, so that a wrong clock of this process does no harm, and it
        is greater than any before, in Redis or on disk. While Redis is away the folder alone
        makes it the current one, and this process's clock must do. Other processes learn of it
        within LEASE_SECONDS. Raises OSError.
        """
        generation = self.next()
        self.folder(generation).mkdir(parents=True, exist_ok=True)
        sync_folder(self._folder)  # a power cut must not bring the old one back
        try:
            return self._set(generation)
        except RedisError as error:
            log.warning("Redis will learn of generation %d later: %s", generation, error)
            return generation

    def is_first(self, generation: Generation) -> bool:
        """Tell whether a generation began by itself, and is nobody's own yet."""
        return (self.folder(generation) / FIRST).exists()

    def claim(self, generation: Generation) -> None:
        """Make a generation that began by itself somebody's own, as if a /cleanup had begun it."""
        (self.folder(generation) / FIRST).unlink(missing_ok=True)

    def current(self) -> Generation:
        """Return the current generation; begin one if there is none. Raises RedisError.

        It is the disk's if Redis is behind: after it was away, emptied, or went back to an older
        snapshot.
        """
        known = self._known()
        return Generation(known) if known and known >= (self.on_disk() or 0) else self.restore()

    def look(self) -> Generation:
        """Return the current generation, whatever is down; 0 if nobody knows of one yet.

        With Redis away the disk tells, with the disk away Redis.
        """
        return self._look(lambda: (self._known(), 0.0))[0]

    def stamp(self) -> tuple[Generation, float]:
        """Return `look()` and the Redis clock, for interactions that are about to be queued.

        Each time is later than all before, in all processes, though the clock is put back. With
        Redis away, time passes from the last stamp on; before the first, this process's clock
        must do.
        """
        return self._look(self._generation_and_time)

    def restore(self) -> Generation:
        """Move Redis on to the newest generation on disk; begin one if there is none."""
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
        """Return where a generation keeps its files."""
        return self._folder / str(generation)

    def _look(self, ask: Callable[[], tuple[int, float]]) -> tuple[Generation, float]:
        """Return the greater of what Redis and what the disk tells, and the time."""
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
        """Begin the very first generation; processes that start together begin one, not many."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "first.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            generation = self.on_disk()
            if not generation:
                generation = self.next()
                unnamed = self._folder / f".{generation}"
                unnamed.mkdir(exist_ok=True)
                (unnamed / FIRST).touch()
                unnamed.rename(self.folder(generation))
            return self._set(generation)

    def next(self) -> Generation:
        """Return an id for a generation whose folder the caller makes: greater than any before."""
        try:
            known, now = self._generation_and_time()
        except RedisError as error:
            log.warning("this process's clock names the generation: %s", error)
            known, now = 0, time()
        return Generation(max(int(now * 1000), known + 1, (self.on_disk() or 0) + 1))

    def _generation_and_time(self) -> tuple[int, float]:
        known, microseconds = self._stamp([self._key, self._latest_stamp], ())
        now = int(microseconds) / 1e6
        self._ahead = now - monotonic()
        return int(known), now

    def _known(self) -> int:
        return int(cast(bytes | None, self._redis.get(self._key)) or 0)

    def _set(self, generation: int) -> Generation:
        return Generation(int(self._advance([self._key], [generation])))


class GenerationLease:
    """The current generation without asking anybody, as long as the last look is young enough."""

    def __init__(
        self,
        generations: Generations,
        seconds: float = LEASE_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._generations = generations
        self._seconds = seconds
        self._clock = clock
        self._seen = (Generation(0), -float("inf"))
        """The generation, and from when on it was known."""

    def now(self) -> Generation:
        """Return the current generation, at most `seconds` old; 0 if nobody knows of one yet."""
        generation, since = self._seen
        is_valid = generation and self._clock() - since < self._seconds
        return generation if is_valid else self.look()

    def look(self) -> Generation:
        """Return the current generation, and let the lease begin anew."""
        since = self._clock()  # before the look: what begins meanwhile, it may not see
        generation = self._generations.look()
        self._seen = max(self._seen, (generation, since))
        return generation
