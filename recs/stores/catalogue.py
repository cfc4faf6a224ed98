"""The catalogue of a generation: items by row, in one file that all processes read and extend.

A line of catalogue.jsonl is a JSON object with `id`; `row` if the id is new; and those of `known`
(whether it was added, and not deleted since), `hidden`, `genres` and `about` that change. A later
line replaces the values of the keys it has; unknown keys are ignored. The line contains the row, so
a line that is damaged later leaves a hole, but moves no other item. If a genre or a country has
several spellings, the first one in the file is used, so all processes use the same.
"""

import logging
import os
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from sys import intern
from threading import Lock
from typing import Any

from recs.attributes import TOLD, checked
from recs.errors import TooManyGenres
from recs.genres import GENRES_MOST, GenreNames, genres_of, key_of
from recs.stores import folders
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
LINE_BYTES_LEAST = len('{"id":"a"}\n')
HOLE = ItemId("")
"""The id of a row whose line is damaged."""
GENERATIONS_KEPT = 3

ABOUT = frozenset(TOLD)
FLAGS = {bool, type(None)}
NOWHERE = -1
"""In place of an offset: the catalogue says nothing about this item."""

Items = Iterable[tuple[ItemId, Sequence[str] | None]]
Changes = Iterable[tuple[ItemId, Json]]
"""For each item those of `genres`, `hidden` and TOLD that change; None removes a value."""


class Catalogue:
    """The items of one generation, as this process has read them. Any thread may use it.

    `refresh`, `add` and `rows_of` read new lines. Rows are only added; an item keeps its row.
    """

    def __init__(self, folder: Path) -> None:
        self.ids: list[ItemId] = []
        """By row; HOLE where a line is damaged."""
        self.rows: dict[ItemId, Row] = {}
        self.known = bytearray()
        """By row: 1 if the item may be recommended; 0 if it was only met in an interaction, is
        hidden, or was deleted."""
        self.hidden: set[Row] = set()
        """Items that were added, but must not be recommended."""
        self.genres: list[tuple[str, ...]] = []
        """By row."""
        self.years = array("h")
        """By row; 0 if unknown."""
        self.kinds: list[str] = []
        """By row; empty if unknown."""
        self.countries: list[tuple[str, ...]] = []
        """By row."""
        self.tastes_told = 0
        """How many lines changed genres, kinds or countries. While it stays the same, those of all
        items do."""
        self.damaged_lines = 0
        """Lines that were left out."""
        self._path = folder / FILE
        self._about = array("q")
        """By row: offset of the line with the item's current `about` (title and so on)."""
        self._offset = 0
        self._lock = Lock()
        self._genre_names, self._country_names = GenreNames(), GenreNames()
        self._shared: dict[tuple[str, ...], tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self.ids)

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

    def add(self, items: Items) -> None:
        """Add items. None as genres keeps those of a known item; an empty sequence clears them.

        They are on disk when this returns. Raises TooManyGenres: no item was added. Raises
        OSError: some items may have been added.
        """
        self.change((item, {} if genres is None else {"genres": genres}) for item, genres in items)

    def change(self, items: Changes) -> None:
        """Add items, or change what the catalogue says about them. Otherwise like `add`.

        A deleted item that is added again starts empty, in its old row.
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

    def is_added(self, row: Row) -> bool:
        """Say whether an item is in the catalogue, hidden or not."""
        return self.known[row] == 1 or row in self.hidden

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
        room = STRANGERS_MOST - self.known.count(0) + len(self.hidden)
        new = [each for each in dict.fromkeys(ids) if each not in self.rows]
        if len(new) > room:
            log.warning("%d items that were never added get no row", len(new) - max(room, 0))
        return [{"id": each} for each in new[: max(room, 0)]]

    def row_or_none(self, item: ItemId) -> Row | None:
        """Return the row of an item, if this process has read it."""
        return self.rows.get(item)

    def find_genre(self, name: str) -> str | None:
        """Return the first spelling of a genre; None if no item ever had it."""
        return self._genre_names.find(name)

    def genre_counts(self) -> dict[str, int]:
        """Return genre -> number of items that may be recommended, most frequent first."""
        return self._counts(self.genres)

    def country_counts(self) -> dict[str, int]:
        """Return country -> number of items that may be recommended, most frequent first."""
        return self._counts(self.countries)

    def _counts(self, names_of: Sequence[tuple[str, ...]]) -> dict[str, int]:
        shown = zip(names_of, self.known, strict=False)
        counts = Counter(name for names, is_known in shown if is_known for name in names)
        return dict(counts.most_common())

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
                self._take_line(content, start)
            except (ValueError, TypeError, KeyError, AttributeError):
                damaged += 1
        if damaged:
            self.damaged_lines += damaged
            log.error("%s: %d damaged lines are left out", self._path, damaged)

    def _take_line(self, content: Any, start: int) -> None:
        """Raises ValueError, TypeError, KeyError, AttributeError if the line is damaged."""
        item: ItemId = content["id"]
        known, hidden = content.get("known"), content.get("hidden")
        genres = None if content.get("genres") is None else genres_of(content["genres"])
        about = None if content.get("about") is None else checked(content["about"])
        former = self.rows.get(item)
        row = content.get("row", len(self.ids) if former is None else former)
        flags = {type(known), type(hidden)}
        if not (isinstance(item, str) and item and type(row) is int and flags <= FLAGS):
            raise TypeError("not a line of the catalogue")
        if not 0 <= row <= self._offset // LINE_BYTES_LEAST:
            raise ValueError("the row is greater than the file can have")
        self._grow_to(row + 1)
        if self.ids[row] not in (HOLE, item):
            raise ValueError("the row belongs to another item")
        if former is not None and former != row:
            # The line of the former row was damaged after we read it; other processes never saw it.
            self.known[former] = 0
            self.hidden.discard(former)
        self._show(row, known, hidden)
        if genres is not None:
            self.genres[row] = self._intern(genres, self._genre_names)
            self.tastes_told += 1
        if about is not None:
            self._about[row] = start if about else NOWHERE
            self._choose_by(row, about)
        self.ids[row] = item
        self.rows[item] = row

    def _choose_by(self, row: Row, about: Json) -> None:
        """Keep in memory the attributes by which slates are filtered."""
        kind = intern(about.get("kind", ""))
        countries = self._intern(genres_of(about.get("countries", ())), self._country_names)
        if (kind, countries) != (self.kinds[row], self.countries[row]):
            self.tastes_told += 1
        self.years[row] = about.get("year", 0)
        self.kinds[row], self.countries[row] = kind, countries

    def _grow_to(self, n_items: int) -> None:
        while len(self.ids) < n_items:
            self.known.append(0)
            self.genres.append(())
            self.years.append(0)
            self.kinds.append("")
            self.countries.append(())
            self._about.append(NOWHERE)
            self.ids.append(HOLE)  # last, so that a row found here has all other values

    def _show(self, row: Row, known: bool | None, hidden: bool | None) -> None:
        """Update whether an item is in the catalogue, and whether it is hidden. None: unchanged."""
        is_added = self.is_added(row) if known is None else known
        is_hidden = is_added and (row in self.hidden if hidden is None else hidden)
        if is_hidden:
            self.hidden.add(row)
        self.known[row] = is_added and not is_hidden
        if not is_hidden:
            self.hidden.discard(row)

    def _cut_torn_line(self, file: int) -> None:
        """Cut off an incomplete last line (killed writer, full disk). Only under the lock."""
        if (torn := os.fstat(file).st_size - self._offset) > 0:
            log.warning("%s: %d bytes of an incomplete line are cut off", self._path, torn)
            os.ftruncate(file, self._offset)

    def _intern(self, names: tuple[str, ...], known: GenreNames) -> tuple[str, ...]:
        """Return the first spellings of names, in one tuple for all items with these names."""
        kept = known.keep(names)
        return self._shared.setdefault(kept, kept)

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
