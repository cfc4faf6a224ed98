"""Checks that all processes on one Redis use the same DATA_DIR, by an id in it and in Redis.

Processes with different folders would each log only a part of the interactions, number items
differently, and overwrite each other's slates.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import cast
from uuid import uuid4

from redis.exceptions import RedisError

from recs.errors import SettingError
from recs.stores import keys
from recs.stores.connection import Client

FILE = "id"
HELD_SECONDS = 60
"""How long (s) after the last process with a folder has ended another folder may be used."""


class SharedFolder:
    """Holds the folder's id in Redis for as long as `hold` is called regularly."""

    def __init__(self, redis: Client, namespace: str, data_dir: Path) -> None:
        self._redis = redis
        self._key = keys.folder(namespace)
        self._data_dir = data_dir

    def check(self) -> None:
        """Raise SettingError if processes with another folder are running.

        Passes while Redis or the disk is down: `hold` finds out later.
        """
        with suppress(RedisError, OSError):
            if not self.hold():
                raise SettingError(
                    "DATA_DIR",
                    str(self._data_dir.resolve()),
                    "the folder of the other processes on this Redis, on all machines; for another "
                    f"service set NAMESPACE; if they have ended, wait {HELD_SECONDS} s",
                )

    def hold(self) -> bool:
        """Hold the id in Redis for HELD_SECONDS more; return False if another folder's is there.

        Raises RedisError, OSError.
        """
        ours = self._id()
        if self._redis.set(self._key, ours, nx=True, ex=HELD_SECONDS):
            return True
        theirs = cast(bytes | None, self._redis.get(self._key))
        if theirs not in (None, ours.encode()):
            return False
        self._redis.expire(self._key, HELD_SECONDS)
        return True

    def _id(self) -> str:
        """Return the id of the folder; create it if there is none."""
        path = self._data_dir / FILE
        if not path.exists():
            self._data_dir.mkdir(parents=True, exist_ok=True)
            new = path.with_name(f".{FILE}-{uuid4().hex}")
            new.write_text(uuid4().hex)
            with suppress(FileExistsError):
                os.link(new, path)  # never half written; fails if another process was first
            new.unlink()
        return path.read_text(errors="replace")  # an odd id is the same for all processes
