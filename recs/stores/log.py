"""The log on disk: CSV segments, one writer each, fsynced before anything is acknowledged."""

import csv
import fcntl
import io
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from threading import Lock
from time import time, time_ns
from typing import TYPE_CHECKING

from recs.stores.rows import frame_of, rows_of
from recs.stores.segments import Segment, Span
from recs.types import Generation, ItemId

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

CHUNK_BYTES = 256 * 1024


class Kind(StrEnum):
    """What a segment holds."""

    INTERACTIONS = "interactions"
    CATALOGUE = "catalogue"
    IMPRESSIONS = "impressions"


COLUMNS = {
    Kind.INTERACTIONS: ("user_id", "item_id", "action", "timestamp"),
    Kind.CATALOGUE: ("item_id", "genres"),
    Kind.IMPRESSIONS: ("user_id", "item_ids", "timestamp"),
}


class Log:
    """The segments of every generation. A process writes to segments of its own."""

    def __init__(self, data_dir: Path, segment_bytes: int = 64 * 2**20) -> None:
        self._folder = data_dir / "generations"
        self._segment_bytes = segment_bytes
        self._open: dict[Kind, tuple[Generation, Segment]] = {}
        self._lock = Lock()

    def append(self, generation: Generation, kind: Kind, rows: Iterable[Sequence[str]]) -> Span:
        """Write rows durably. Raises OSError: nothing was written."""
        with self._lock:
            return self._segment(generation, kind).append(rows)

    def sizes(self, generation: Generation, rested_seconds: float = 0.0) -> dict[str, int]:
        """Return segment -> bytes, of those that were not written to for so long."""
        folder = self._folder / str(generation)
        if not folder.is_dir():
            return {}
        return {
            each.name: each.stat().st_size
            for each in sorted(os.scandir(folder), key=lambda entry: entry.name)
            if each.name.endswith(".csv")
            and each.name.split("-", 1)[0] in COLUMNS
            and each.stat().st_mtime <= time() - rested_seconds
        }

    def read(self, generation: Generation, segment: str, offset: int = 0) -> Iterator[tuple[Span, list[str]]]:
        """Yield the complete lines from `offset` on, in portions. The header is left out."""
        with (self._folder / str(generation) / segment).open("rb") as file:
            file.seek(offset)
            while lines := file.readlines(CHUNK_BYTES):
                if not lines[-1].endswith(b"\n"):
                    lines.pop()
                span = Span(segment, offset, offset + sum(map(len, lines)))
                if offset == 0:
                    lines = lines[1:]
                if span.after == span.before:
                    return
                yield span, [line.decode(errors="surrogateescape").rstrip("\n") for line in lines]
                offset = span.after

    def read_interactions(self, generation: Generation) -> "pd.DataFrame":
        """Return all logged rows, oldest segment first: user_id, item_id, action, timestamp."""
        import pandas as pd  # here, since it costs half a second, and few processes read the log

        contents = self._contents(generation, Kind.INTERACTIONS)
        frames = [frame_of(content, COLUMNS[Kind.INTERACTIONS]) for content in contents]
        if not frames:
            return pd.DataFrame(columns=list(COLUMNS[Kind.INTERACTIONS]))
        return pd.concat(frames, ignore_index=True)

    def read_catalogue(self, generation: Generation) -> dict[ItemId, tuple[str, ...]]:
        """Return item -> genres, in order of arrival; later genres replace earlier ones."""
        items: dict[ItemId, tuple[str, ...]] = {}
        for content in self._contents(generation, Kind.CATALOGUE):
            for item, genres in rows_of(content, COLUMNS[Kind.CATALOGUE]):
                items[ItemId(item)] = split_genres(genres) or items.get(ItemId(item), ())
        return items

    def mend(self, generation: Generation, segment: str) -> bytes:
        """Cut off a torn last line, which a killed writer left, and return it.

        Nothing is lost: what was not written whole was never acknowledged. A segment whose
        writer lives is left alone.
        """
        path = self._folder / str(generation) / segment
        with path.open("r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return b""
            content = file.read()
            whole = content.rfind(b"\n") + 1
            file.truncate(whole)
            return content[whole:]

    def set_aside(self, generation: Generation, where: str, reason: str, content: str) -> None:
        """Keep what could not be understood in dead-letters.csv, with the reason."""
        folder = self._folder / str(generation)
        folder.mkdir(parents=True, exist_ok=True)
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(
            [where, reason, repr(content), f"{time():.3f}"]
        )
        with (folder / "dead-letters.csv").open("a", encoding="utf-8") as file:
            file.write(line.getvalue())
            file.flush()
            os.fsync(file.fileno())

    def _segment(self, generation: Generation, kind: Kind) -> Segment:
        """Return the open segment; begin a new one for a new generation, or when the last is full."""
        known = self._open.get(kind)
        if known and known[0] == generation and known[1].size < self._segment_bytes:
            return known[1]
        if known:
            del self._open[kind]  # first, for nobody may close it twice
            known[1].close()
        name = f"{kind}-{time_ns()}-{os.getpid()}.csv"
        segment = Segment(self._folder / str(generation) / name, COLUMNS[kind])
        self._open[kind] = (generation, segment)
        return segment

    def _contents(self, generation: Generation, kind: Kind) -> Iterator[bytes]:
        """Yield the segments of a kind, oldest first, up to their last complete lines."""
        for segment in self.sizes(generation):
            if segment.startswith(kind):
                try:
                    content = (self._folder / str(generation) / segment).read_bytes()
                except OSError as error:
                    log.error("%s is left out: %s", segment, error)
                else:
                    yield content[: content.rfind(b"\n") + 1]


def split_genres(text: str) -> tuple[str, ...]:
    """Read genres as the catalogue writes them: with | between."""
    return tuple(genre for genre in text.split("|") if genre)
