"""Locks on files: the kernel's, or its server's where the file system is one of a network.

They end with their holder.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ETIMEDOUT
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from time import monotonic, sleep

LOCK_SECONDS = 10.0
"""A process that stands still with the lock must not hold up the others for ever."""
LOCK_PAUSE_SECONDS = 0.002


@contextmanager
def locked(path: Path, mode: int = LOCK_EX, permissions: int = 0o644) -> Iterator[int]:
    """Open a file to read it and append to it, and hold its lock meanwhile. Raises OSError.

    mode: LOCK_EX, alone among all processes; LOCK_SH, among others that share it. permissions: of
    a file that is not there yet.
    """
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, permissions)
    try:
        deadline = monotonic() + LOCK_SECONDS
        while True:
            try:
                flock(file, mode | LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > deadline:
                    raise TimeoutError(ETIMEDOUT, "somebody holds its lock", str(path)) from None
                sleep(LOCK_PAUSE_SECONDS)
        yield file
    finally:
        os.close(file)
