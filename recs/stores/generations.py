"""The current generation: in Redis for everyone to see, on disk to be found again."""

from fcntl import LOCK_EX, flock
from os import listdir
from pathlib import Path
from time import time

from redis import Redis
from redis.exceptions import RedisError

from recs.errors import StoreUnavailable
from recs.stores import keys
from recs.stores.breaker import Breaker
from recs.stores.segments import sync_folder
from recs.types import Generation

ADVANCE = """
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
if tonumber(ARGV[1]) > current then redis.call('SET', KEYS[1], ARGV[1]) end
return redis.call('GET', KEYS[1])
"""


FIRST = "first"
"""Empty file in the folder of a generation that no /cleanup has begun."""


class Generations:
    """Begin generations, and tell which one it is. A generation's folder exists before Redis names it."""

    def __init__(self, redis: Redis, namespace: str, data_dir: Path) -> None:
        self._redis = redis
        self._key = keys.current_generation(namespace)
        self._folder = data_dir / "generations"
        self._breaker = Breaker("Redis")
        self._advance = redis.register_script(ADVANCE)

    def begin(self) -> Generation:
        """Start a new generation: everything that came before is gone for every later request.

        The id is the Redis clock's, so that a wrong clock of this process does no harm, and it
        is greater than any before, in Redis or on disk.
        """
        generation = self._next()
        self.folder(generation).mkdir(parents=True, exist_ok=True)
        sync_folder(self._folder)  # a power cut must not bring the old one back
        return self._set(generation)

    def is_first(self, generation: Generation) -> bool:
        """Tell whether a generation began by itself, and not with a /cleanup."""
        return (self.folder(generation) / FIRST).exists()

    def current(self) -> Generation:
        """Return the current generation: the disk's if Redis is behind it, a new one if there is none.

        Redis is behind after it was emptied or went back to an older snapshot.
        """
        known = self._known()
        return Generation(known) if known and known >= (self.on_disk() or 0) else self.restore()

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

    def stamp(self) -> tuple[Generation, float]:
        """Return the current generation and the Redis clock, for interactions that are about to be queued.

        With Redis gone, the disk and this process's clock tell; 0 if nobody knows of a generation yet.
        """
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.get(self._key)
        pipeline.time()
        try:
            with self._breaker:
                generation, (now, micros) = pipeline.execute()
        except (RedisError, StoreUnavailable):
            return self.on_disk() or Generation(0), time()
        return Generation(max(int(generation or 0), self.on_disk() or 0)), int(now) + int(micros) / 1e6

    def _begin_first(self) -> Generation:
        """Begin the very first generation; processes that start together begin one, not one each."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "first.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            generation = self.on_disk()
            if not generation:
                generation = self._next()
                unnamed = self._folder / f".{generation}"
                unnamed.mkdir(exist_ok=True)
                (unnamed / FIRST).touch()
                unnamed.rename(self.folder(generation))
            return self._set(generation)

    def _next(self) -> Generation:
        now, micros = self._redis.time()
        newest = max(self._known(), self.on_disk() or 0)
        return Generation(max(int(now) * 1000 + int(micros) // 1000, newest + 1))

    def _known(self) -> int:
        return int(self._redis.get(self._key) or 0)

    def _set(self, generation: int) -> Generation:
        return Generation(int(self._advance(keys=[self._key], args=[generation])))
