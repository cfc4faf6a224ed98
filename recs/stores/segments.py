"""One file of the log. Only one writer appends to it."""

import fcntl
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from recs.stores.rows import encode


@dataclass(frozen=True, slots=True)
class Span:
    """Rows of one segment: bytes `before` to `after`."""

    segment: str
    before: int
    after: int


class Segment:
    """A CSV file to which only this process appends, as long as it is alive.

    durable: rows are on disk when `append` returns; otherwise only the operating system has them.
    """

    def __init__(self, path: Path, columns: Sequence[str], durable: bool) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.size = 0
        self._columns = columns
        self._durable = durable
        self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o644)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            if durable:  # a new file is safe from power cuts only when its folder is on disk too
                sync_folder(path.parent)
                sync_folder(path.parent.parent)
        except OSError:
            self.close()
            raise

    def append(self, rows: Iterable[Sequence[str]]) -> Span:
        """Write rows with one call. Raises OSError: then none of them is in the file.

        After an error nothing more may be written to this segment. Readers that tail the log may
        have read the removed rows, and would miss rows written in their place.
        """
        content = encode(rows if self.size else [self._columns, *rows])
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

    def is_there(self) -> bool:
        """Return whether the file can still be found: rows in a deleted file are lost.

        Looks into the folder, and so notices that the file was moved, only if rows are durable.
        """
        ours = os.fstat(self._file)
        if not self._durable:
            return ours.st_nlink > 0
        try:
            return os.path.samestat(os.stat(self.path), ours)
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Close the segment, so that others may mend it; delete it if it has no rows."""
        if not self.size:
            with suppress(OSError):
                self.path.unlink()
        os.close(self._file)


def write_all(file: int, content: bytes) -> None:
    """Write everything, or raise: a nearly full disk writes only a part at first."""
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]


def sync_folder(folder: Path) -> None:
    """Flush the names of the files in a folder to disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
