"""A file of the log: one writer appends rows to it."""

import csv
import fcntl
import io
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of one segment: bytes `before` to `after`."""

    segment: str
    before: int
    after: int


class Segment:
    """A CSV file that this process alone appends to, as long as it lives.

    durable: whether rows are on disk when `append` returns, or only with the operating system.
    """

    def __init__(self, path: Path, columns: Sequence[str], durable: bool = True) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.size = 0
        self._columns = columns
        self._durable = durable
        self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            if durable:  # a file is not safe before its name is
                sync_folder(path.parent)
                sync_folder(path.parent.parent)
        except OSError:
            self.close()
            raise

    def append(self, rows: Iterable[Sequence[str]]) -> Span:
        """Write rows with one call. Raises OSError: then no part of them is left behind.

        After that this segment must not be written to any more: whoever tails the log may have
        read rows that are gone now, and would miss what is written in their place.
        """
        content = self._encode(rows)
        try:
            write_all(self._file, content)
            if self._durable:
                os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        span = Span(self.path.name, self.size, self.size + len(content))
        self.size = span.after
        return span

    def close(self) -> None:
        """End the segment. Others may now mend it; one without any row goes."""
        if not self.size:
            with suppress(OSError):
                self.path.unlink()
        os.close(self._file)

    def _encode(self, rows: Iterable[Sequence[str]]) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not self.size:
            writer.writerow(self._columns)
        writer.writerows(rows)
        return text.getvalue().encode()


def write_all(file: int, content: bytes) -> None:
    """Write everything: a nearly full disk takes a part first and refuses the rest."""
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
