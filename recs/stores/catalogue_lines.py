"""Lines of catalogue.jsonl to what they hold and back, and the lock of the file."""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import ETIMEDOUT
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from time import monotonic, sleep
from typing import Any, BinaryIO

from recs.types import Json

LOCK_SECONDS = 10.0
"""A process that stands still with the lock must not hold up the others for ever."""
LOCK_PAUSE_SECONDS = 0.002


def encode(lines: Iterable[Json]) -> bytes:
    """Return the lines as they stand in the file."""
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in lines)
    return text.encode(errors="surrogatepass")


def decode(lines: list[bytes]) -> list[Any]:
    """Return what each line holds, None if it is damaged: all at once, or else one by one."""
    try:
        contents = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        contents = []
    return contents if len(contents) == len(lines) else list(map(decode_one, lines))


def decode_one(line: bytes) -> Any:
    """Return what a line holds, None if it is damaged."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def line_at(file: BinaryIO, offset: int) -> bytes:
    """Return the line that begins at an offset. Raises OSError."""
    file.seek(offset)
    return file.readline()


@contextmanager
def locked(path: Path) -> Iterator[int]:
    """Open a file to read it and append to it, alone among all processes. Raises OSError.

    The lock is the kernel's (on a network file system, its server's): it ends with its holder.
    """
    file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o644)
    try:
        deadline = monotonic() + LOCK_SECONDS
        while True:
            try:
                flock(file, LOCK_EX | LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() > deadline:
                    raise TimeoutError(ETIMEDOUT, "somebody holds its lock", str(path)) from None
                sleep(LOCK_PAUSE_SECONDS)
        yield file
    finally:
        os.close(file)
