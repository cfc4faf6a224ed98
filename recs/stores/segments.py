"""A file of the log: one writer appends rows to it, and has them on disk."""

import csv
import fcntl
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of one segment: bytes `before` to `after`."""

    segment: str
    before: int
    after: int


class Segment:
    """A CSV file that this process alone appends to, as long as it lives."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._columns = columns
        self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o644)
        self.size = 0
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            # A file is not safe before its name is.
            sync_folder(path.parent)
            sync_folder(path.parent.parent)
        except OSError:
            self.close()
            raise

    def append(self, rows: Iterable[Sequence[str]]) -> Span:
        """Write rows and have them on disk. Raises OSError, and leaves no part of them behind."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not self.size:
            writer.writerow(self._columns)
        writer.writerows(rows)
        content = text.getvalue().encode()
        try:
            _write_all(self._file, content)
            os.fdatasync(self._file)
        except OSError:
            os.ftruncate(self._file, self.size)
            raise
        span = Span(self.path.name, self.size, self.size + len(content))
        self.size = span.after
        return span

    def close(self) -> None:
        """End the segment; others may now mend it."""
        os.close(self._file)


def _write_all(file: int, content: bytes) -> None:
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
