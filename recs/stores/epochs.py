"""The current epoch: in Redis for everyone to see, on disk to be found again."""

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
from recs.types import Epoch

ADVANCE = """
local current = tonumber(redis.call('GET', KEYS[1]) or '0')
if tonumber(ARGV[1]) > current then redis.call('SET', KEYS[1], ARGV[1]) end
return redis.call('GET', KEYS[1])
"""


FIRST = "first"
"""Empty file in the folder of an epoch that no /cleanup has begun."""


class Epochs:
    """Begin epochs, and tell which one it is. An epoch's folder exists before Redis names it."""

    def __init__(self, redis: Redis, namespace: str, data_dir: Path) -> None:
        self._redis = redis
        self._key = keys.current_epoch(namespace)
        self._folder = data_dir / "epochs"
        self._breaker = Breaker("Redis")
        self._advance = redis.register_script(ADVANCE)

    def begin(self) -> Epoch:
        """Start a new epoch: everything that came before is gone for every later request.

        The id is the Redis clock's, so that a wrong clock of this process does no harm, and it
        is greater than any before, in Redis or on disk.
        """
        epoch = self._next()
        self.folder(epoch).mkdir(parents=True, exist_ok=True)
        sync_folder(self._folder)  # a power cut must not bring the old one back
        return self._set(epoch)

    def is_first(self, epoch: Epoch) -> bool:
        """Tell whether an epoch began by itself, and not with a /cleanup."""
        return (self.folder(epoch) / FIRST).exists()

    def current(self) -> Epoch:
        """Return the current epoch: the disk's if Redis is behind it, a new one if there is none.

        Redis is behind after it was emptied or went back to an older snapshot.
        """
        known = self._known()
        return Epoch(known) if known and known >= (self.on_disk() or 0) else self.restore()

    def restore(self) -> Epoch:
        """Move Redis on to the newest epoch on disk; begin one if there is none."""
        newest = self.on_disk() or self._known()
        return self._set(newest) if newest else self._begin_first()

    def on_disk(self) -> Epoch | None:
        """Return the newest epoch that has a folder."""
        return max(self.all_on_disk(), default=None)

    def all_on_disk(self) -> list[Epoch]:
        """Return every epoch that has a folder, oldest first."""
        if not self._folder.is_dir():
            return []
        return sorted(Epoch(int(name)) for name in listdir(self._folder) if name.isdecimal())

    def folder(self, epoch: Epoch) -> Path:
        """Return where an epoch keeps its files."""
        return self._folder / str(epoch)

    def stamp(self) -> tuple[Epoch, float]:
        """Return the current epoch and the Redis clock, for reactions that are about to be queued.

        With Redis gone, the disk and this process's clock tell; 0 if nobody knows of an epoch yet.
        """
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.get(self._key)
        pipeline.time()
        try:
            with self._breaker:
                epoch, (now, micros) = pipeline.execute()
        except (RedisError, StoreUnavailable):
            return self.on_disk() or Epoch(0), time()
        return Epoch(max(int(epoch or 0), self.on_disk() or 0)), int(now) + int(micros) / 1e6

    def _begin_first(self) -> Epoch:
        """Begin the very first epoch; processes that start together begin one, not one each."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "first.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            epoch = self.on_disk()
            if not epoch:
                epoch = self._next()
                unnamed = self._folder / f".{epoch}"
                unnamed.mkdir(exist_ok=True)
                (unnamed / FIRST).touch()
                unnamed.rename(self.folder(epoch))
            return self._set(epoch)

    def _next(self) -> Epoch:
        now, micros = self._redis.time()
        newest = max(self._known(), self.on_disk() or 0)
        return Epoch(max(int(now) * 1000 + int(micros) // 1000, newest + 1))

    def _known(self) -> int:
        return int(self._redis.get(self._key) or 0)

    def _set(self, epoch: int) -> Epoch:
        return Epoch(int(self._advance(keys=[self._key], args=[epoch])))
