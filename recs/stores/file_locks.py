"""Locks on files, kept by the kernel, or by the server of a network file system.

A lock ends with the process that holds it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ETIMEDOUT
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from time import monotonic, sleep

LOCK_SECONDS = 10.0
"""Longest wait for a lock: a process that hangs with it must not block the others for ever."""
LOCK_PAUSE_SECONDS = 0.002


@contextmanager
def locked(path: Path, mode: int = LOCK_EX, permissions: int = 0o644) -> Iterator[int]:
    """Open a file for reading and appending, and hold its lock while the body runs. Raises OSError.

    mode: LOCK_EX (exclusive) or LOCK_SH (shared). permissions: of the file if it is created.
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
