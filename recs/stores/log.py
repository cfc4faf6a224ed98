"""The log on disk: CSV segments, one writer each. It is the source of truth; processes tail it."""

import fcntl
import logging
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import time, time_ns

from recs.stores import folders
from recs.stores.rows import COLUMNS, Kind, LogRow, encode, rows_of
from recs.stores.segments import Segment, Span, write_all
from recs.types import Generation

__all__ = ["Kind", "Log"]

log = logging.getLogger(__name__)

CHUNK_BYTES = 256 * 1024
LINE_BYTES_MOST = 16 * 1024
"""Lines are shorter: a list of 1,000 items, the most that LIST_SIZE_MOST allows, takes 11 kB."""
DEAD_LETTERS = "dead-letters.csv"
UNRECORDED = "-unrecorded.csv"
"""End of the name of a segment whose writer could not record its rows in Redis."""


class Log:
    """The segments of every generation. Each process writes to its own segments."""

    def __init__(self, data_dir: Path, segment_bytes: int = 64 * 2**20) -> None:
        self._data_dir = data_dir
        self._segment_bytes = segment_bytes
        self._open: dict[tuple[Kind, bool], tuple[Generation, Segment]] = {}
        """Key: kind, and whether Redis has the rows."""
        self._unreadable: set[str] = set()
        self._dead_letters = (Generation(0), 0, 0)
        """Generation, how many bytes of dead-letters.csv were read, how many lines they have."""
        self._lock = Lock()

    def append(
        self,
        generation: Generation,
        kind: Kind,
        rows: Iterable[Sequence[str]],
        recorded: bool = True,
    ) -> Span:
        """Write rows with one call. Interactions are on disk when it returns, impressions later.

        recorded: whether Redis has them already (impressions only). Raises OSError: nothing was
        written, and the segment is closed.
        """
        with self._lock:
            segment = self._segment(generation, kind, recorded)
            try:
                return segment.append(rows)
            except OSError:
                self._end(kind, recorded)
                raise

    def folder(self, generation: Generation) -> Path:
        """Return the folder of a generation's segments."""
        return folders.of_generation(self._data_dir, generation)

    def close(self, kind: Kind) -> None:
        """Close this process's segments of a kind."""
        with self._lock:
            self._end(kind, True)
            self._end(kind, False)

    def sizes(
        self, generation: Generation, kind: Kind | None = None, rested_seconds: float = 0.0
    ) -> dict[str, int]:
        """Return segment -> bytes, oldest segment first.

        kind: only segments of this kind. rested_seconds: only those not written to for so long.
        """
        folder = self.folder(generation)
        if not folder.is_dir():
            return {}
        found = []
        for each in os.scandir(folder):
            if _kind_of(each.name, kind):
                with suppress(FileNotFoundError):  # its writer deletes an empty segment
                    found.append((each.name, each.stat()))
        found.sort(key=lambda segment: _age(segment[0]))
        now = time()
        # A segment with an mtime in the future counts as rested: the clock was set back since.
        return {
            name: stat.st_size
            for name, stat in found
            if not now - rested_seconds < stat.st_mtime <= now
        }

    def whole_sizes(self, generation: Generation, kind: Kind) -> dict[str, int]:
        """Return segment -> bytes up to the end of its last complete line."""
        return {
            segment: size - self._torn(generation, segment, size)
            for segment, size in self.sizes(generation, kind).items()
        }

    def tail(
        self, generation: Generation, kind: Kind, offsets: Mapping[str, int]
    ) -> Iterator[tuple[Span, list[LogRow]]]:
        """Yield complete rows beyond the offsets, in portions, oldest segment first.

        offsets: segment -> bytes the caller has read; set it to `span.after` after each portion.
        Every row is valid (see `rows_of`). Damaged lines are left out and logged. A
        segment that cannot be read is left out and logged.
        """
        for segment, size in self.sizes(generation, kind).items():
            offset = offsets.get(segment, 0)
            if size <= offset:
                continue
            try:
                for span, lines in self.read(generation, segment, offset):
                    rows, damaged = rows_of(kind, lines)
                    if damaged:
                        log.warning("%s: %d damaged lines are left out", segment, len(damaged))
                    yield span, rows
            except OSError as error:
                if segment not in self._unreadable:
                    self._unreadable.add(segment)
                    log.error("%s is left out: %s", segment, error)

    def read(
        self, generation: Generation, segment: str, offset: int = 0
    ) -> Iterator[tuple[Span, list[bytes]]]:
        """Yield complete lines from `offset` on, in portions, without header. Raises OSError.

        The file may grow meanwhile, so it is read as bytes and then split. Reading it by lines
        would return the beginning and the end of a line that is being written as two lines.
        """
        with (self.folder(generation) / segment).open("rb") as file:
            file.seek(offset)
            rest = b""
            while content := file.read(CHUNK_BYTES):
                *lines, rest = (rest + content).split(b"\n")
                if not lines:
                    continue
                span = Span(segment, offset, offset + sum(map(len, lines)) + len(lines))
                yield span, lines[1:] if offset == 0 else lines
                offset = span.after

    def mend(self, generation: Generation, segment: str) -> bytes:
        """Cut off an incomplete last line, left by a killed writer, and return it.

        Nothing is lost: an incomplete line was never acknowledged. A segment whose writer is
        alive is left alone.
        """
        path = self.folder(generation) / segment
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return b""
            content = file.read()
            whole = content.rfind(b"\n") + 1
            file.truncate(whole)
            return content[whole:]

    def set_aside(self, generation: Generation, where: str, reason: str, content: object) -> None:
        """Write content that cannot be parsed to dead-letters.csv, and log why. Raises OSError."""
        log.error("set aside (%s): %s", where, reason)
        folder = self.folder(generation)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / DEAD_LETTERS).open("ab", buffering=0) as file:
            write_all(file.fileno(), encode([[where, reason, repr(content), f"{time():.3f}"]]))
            os.fsync(file.fileno())

    def count_dead_letters(self, generation: Generation) -> int:
        """Return how many messages and lines were set aside. Reads what is new of them."""
        known, size, count = self._dead_letters
        try:
            with (self.folder(generation) / DEAD_LETTERS).open("rb") as file:
                if known != generation or file.seek(0, os.SEEK_END) < size:
                    size = count = 0
                file.seek(size)
                while content := file.read(CHUNK_BYTES):
                    size, count = size + len(content), count + content.count(b"\n")
        except FileNotFoundError:
            return 0
        self._dead_letters = (generation, size, count)
        return count

    def _torn(self, generation: Generation, segment: str, size: int) -> int:
        """Return how many bytes follow the last complete line of a segment."""
        start = max(size - LINE_BYTES_MOST, 0)
        try:
            with (self.folder(generation) / segment).open("rb") as file:
                file.seek(start)
                end = file.read(size - start)
        except OSError:
            return size
        return len(end) - (end.rfind(b"\n") + 1)

    def _segment(self, generation: Generation, kind: Kind, recorded: bool) -> Segment:
        """Return the open segment.

        Open one if the generation is new, or if the last one is full or was deleted.
        """
        known = self._open.get((kind, recorded))
        if known and known[0] == generation and known[1].size < self._segment_bytes:
            if known[1].is_there():
                return known[1]
            log.error("%s was deleted or moved; a new file is begun", known[1].path)
        self._end(kind, recorded)
        name = f"{kind}-{time_ns()}-{os.getpid()}{'.csv' if recorded else UNRECORDED}"
        segment = Segment(self.folder(generation) / name, COLUMNS[kind], kind == Kind.INTERACTIONS)
        self._open[kind, recorded] = (generation, segment)
        return segment

    def _end(self, kind: Kind, recorded: bool) -> None:
        known = self._open.pop((kind, recorded), None)  # before `close`: never closed twice
        if known:
            known[1].close()


def _kind_of(name: str, wanted: Kind | None) -> bool:
    """Say whether a file is a segment of the wanted kind."""
    kind = name.split("-", 1)[0]
    return name.endswith(".csv") and (kind == wanted if wanted else kind in COLUMNS)


def _age(name: str) -> tuple[str, int, str]:
    """Sort key: interactions first, as they are fewer; then by time, compared as a number."""
    kind, began, *_ = [*name.split("-"), ""]
    return ("" if kind == Kind.INTERACTIONS else kind, int(began) if began.isdecimal() else 0, name)
