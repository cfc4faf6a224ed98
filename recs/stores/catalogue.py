"""The catalogue of a generation: items by row, in one file that all processes read and extend.

A line of catalogue.jsonl is a JSON object with `id`; `row` if the id is new; and those of `known`
(whether it was added, and not deleted since), `hidden`, `genres` and `about` that change. A later
line replaces the values of the keys it has; unknown keys are ignored. The line contains the row, so
a line that is damaged later leaves a hole, but moves no other item. If a genre or a country has
several spellings, the first one in the file is used, so all processes use the same.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from threading import Lock

from recs.attributes import TOLD, checked
from recs.errors import TooManyGenres
from recs.genres import GENRES_MOST, genres_of, key_of
from recs.stores import folders
from recs.stores.catalogue_items import NOWHERE, CatalogueItems
from recs.stores.catalogue_lines import decode, decode_one, encode, line_at
from recs.stores.file_locks import locked
from recs.stores.segments import sync_folder, write_all
from recs.types import Generation, ItemId, Json, Row

log = logging.getLogger(__name__)

FILE = "catalogue.jsonl"
CHUNK_BYTES = 2**18
"""Small, so that the decoded lines of one chunk are freed before the next one is read."""
STRANGERS_MOST = 100_000
"""Most items that were never added, only met in interactions. Further ones get no row: their
interactions are only logged."""
GENERATIONS_KEPT = 3

ABOUT = frozenset(TOLD)

Changes = Iterable[tuple[ItemId, Json]]
"""For each item those of `genres`, `hidden` and TOLD that change; None removes a value."""


class Catalogue(CatalogueItems):
    """The items of one generation, as this process has read them. Any thread may use it.

    `refresh` reads new lines; so does whatever adds or changes items.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = folder / FILE
        self._offset = 0
        self._lock = Lock()

    @property
    def read_bytes(self) -> int:
        """Return how far this process has read. It grows with every change of this object."""
        return self._offset

    def unread_bytes(self) -> int:
        """Return how many bytes this process has not read yet. Raises OSError."""
        return self._size() - self._offset

    def refresh(self) -> bool:
        """Read new lines; say whether there were any. Costs one `stat` if not.

        Lines are on disk before they are used: after a power cut no row that was used can go to
        another item. Raises OSError.
        """
        if self._size() <= self._offset:
            return False
        with self._lock:
            before = self._offset
            with self._path.open("rb") as file:
                self._read(file.fileno())
            return self._offset > before

    def change(self, items: Changes) -> None:
        """Add items, or change what the catalogue says about them.

        A deleted item that is added again starts empty, in its old row. Changes are on disk when
        this returns. Raises TooManyGenres: nothing was changed. Raises OSError: some items may have
        been changed.
        """
        wanted: dict[ItemId, Json] = {}
        for item, told in items:
            if "genres" in told:
                told = {**told, "genres": genres_of(told["genres"] or ())}
            wanted[item] = {**wanted[item], **told} if item in wanted else told
        self._append(lambda: self._changes(wanted))

    def remove(self, ids: Iterable[ItemId]) -> None:
        """Delete items: they are no longer recommended. They keep their rows. Raises OSError."""
        gone = {"known": False, "hidden": False, "genres": (), "about": {}}
        wanted = dict.fromkeys(ids)
        self._append(
            lambda: [
                {"id": each, **gone}
                for each in wanted
                if each in self.rows and self.is_added(self.rows[each])
            ]
        )

    def about(self, rows: Sequence[Row]) -> list[Json]:
        """Read from disk what the catalogue says about items (keys: TOLD). Raises OSError."""
        offsets = [self._about[row] for row in rows]
        if all(offset == NOWHERE for offset in offsets):
            return [{} for _ in rows]
        with self._path.open("rb") as file:
            return [
                {} if offset == NOWHERE else _about_of(line_at(file, offset)) for offset in offsets
            ]

    def rows_of(self, ids: Sequence[ItemId]) -> list[Row | None]:
        """Return the rows of items; unknown items get a new one. Raises OSError.

        None: there are STRANGERS_MOST items already that were never added. They are limited because
        every process keeps all of them in memory.
        """
        if any(each not in self.rows for each in ids):
            self._append(lambda: self._strangers(ids))
        return [self.rows.get(each) for each in ids]

    def _strangers(self, ids: Sequence[ItemId]) -> list[Json]:
        """Return lines for those items without a row that may get one."""
        room = max(STRANGERS_MOST - len(self.strangers), 0)
        new = [each for each in dict.fromkeys(ids) if each not in self.rows]
        if len(new) > room:
            log.warning("%d items that were never added get no row", len(new) - room)
        return [{"id": each} for each in new[:room]]

    def _changes(self, items: dict[ItemId, Json]) -> list[Json]:
        """Return the lines to append, for those items that change. Raises TooManyGenres."""
        here = {
            item: self.rows[item]
            for item, wanted in items.items()
            if item in self.rows and _tells(wanted)
        }
        before = dict(zip(here, self.about([*here.values()]), strict=True))
        changes = [
            change
            for item, wanted in items.items()
            if (change := self._change(item, wanted, before.get(item, {})))
        ]
        told = {each["id"]: each["genres"] for each in changes if "genres" in each}
        if any(self._genre_names.find(name) is None for names in told.values() for name in names):
            self._check_genres(told)
        return changes

    def _change(self, item: ItemId, wanted: Json, before: Json) -> Json | None:
        """Return the line to append for an item; None if nothing changes."""
        row = self.rows.get(item)
        change: Json = {}
        if row is None or not self.is_added(row):
            change["known"] = True
        if (is_hidden := wanted.get("hidden")) is not None and is_hidden != (row in self.hidden):
            change["hidden"] = is_hidden
        if "genres" in wanted:
            genres = self._genre_names.first_written(wanted["genres"])
            if genres != (() if row is None else self.genres[row]):
                change["genres"] = genres
        if _tells(wanted):
            about = _told(before | wanted)
            if about != before:
                change["about"] = about
        return {"id": item, **change} if change else None

    def _check_genres(self, told: dict[ItemId, tuple[str, ...]]) -> None:
        """Raise TooManyGenres if there were too many distinct genres after these changes."""
        kept = {
            genres for item, genres in zip(self.ids, self.genres, strict=False) if item not in told
        }
        in_use = {key_of(name) for genres in (*kept, *set(told.values())) for name in genres}
        if len(in_use) > GENRES_MOST:
            raise TooManyGenres(len(in_use), GENRES_MOST)

    def _append(self, changes: Callable[[], list[Json]]) -> None:
        """Read new lines; then append changes, if any are still needed, and read them too.

        `changes` is called again under the lock: another process may have made them meanwhile.
        """
        self.refresh()
        if not changes():
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock, locked(self._path) as file:
            self._read(file)
            self._cut_torn_line(file)
            is_new = not self._offset
            try:
                write_all(file, encode(self._numbered(changes())))
            except OSError:
                self._read(file)
                self._cut_torn_line(file)
                raise
            self._read(file)
            if is_new:  # a new file is safe from power cuts only when its folder is on disk too
                sync_folder(self._path.parent)
                sync_folder(self._path.parent.parent)

    def _numbered(self, changes: list[Json]) -> Iterator[Json]:
        """Give new items the next rows."""
        row = len(self.ids)
        for change in changes:
            if change["id"] in self.rows:
                yield change
            else:
                yield {"id": change["id"], "row": row, **change}
                row += 1

    def _read(self, file: int) -> None:
        """Read the complete lines that follow, after making sure that they are on disk."""
        end = os.fstat(file).st_size
        if end <= self._offset:
            return
        os.fdatasync(file)  # the process that wrote them may not have done so yet
        with open(file, "rb", closefd=False) as lines:
            lines.seek(self._offset)
            while chunk := lines.readlines(CHUNK_BYTES):
                while chunk and not self._is_whole(chunk, end):
                    chunk.pop()
                if not chunk:
                    return
                self._take(chunk)

    def _is_whole(self, chunk: list[bytes], end: int) -> bool:
        """Say whether the last line is complete, and was there before `end`."""
        return chunk[-1].endswith(b"\n") and self._offset + sum(map(len, chunk)) <= end

    def _take(self, chunk: list[bytes]) -> None:
        damaged = 0
        for line, content in zip(chunk, decode(chunk), strict=True):
            start, self._offset = self._offset, self._offset + len(line)
            try:
                self._take_line(content, start, self._offset)
            except (ValueError, TypeError, KeyError, AttributeError):
                damaged += 1
        if damaged:
            log.error("%s: %d damaged lines are left out", self._path, damaged)

    def _cut_torn_line(self, file: int) -> None:
        """Cut off an incomplete last line (killed writer, full disk). Only under the lock."""
        if (torn := os.fstat(file).st_size - self._offset) > 0:
            log.warning("%s: %d bytes of an incomplete line are cut off", self._path, torn)
            os.ftruncate(file, self._offset)

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0


class Catalogues:
    """One Catalogue for each of the last GENERATIONS_KEPT generations this process asked for."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._catalogues: dict[Generation, Catalogue] = {}
        self._lock = Lock()

    def of(self, generation: Generation) -> Catalogue:
        """Return the catalogue of a generation, as far as this process has read it."""
        with self._lock:
            catalogue = self._catalogues.pop(generation, None)
            if catalogue is None:
                catalogue = Catalogue(folders.of_generation(self._data_dir, generation))
            self._catalogues[generation] = catalogue
            if len(self._catalogues) > GENERATIONS_KEPT:
                del self._catalogues[next(iter(self._catalogues))]
            return catalogue


def _tells(wanted: Json) -> bool:
    return not ABOUT.isdisjoint(wanted)


def _told(attributes: Json) -> Json:
    """Return the attributes in TOLD that have a value."""
    return {name: attributes[name] for name in TOLD if attributes.get(name) not in (None, [])}


def _about_of(line: bytes) -> Json:
    """Return the `about` of a line; empty if the line was damaged after it was read."""
    try:
        return checked(decode_one(line)["about"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
