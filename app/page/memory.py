"""What the page remembers of a viewer: lists that it served, the watch-list, titles put off.

It is one SQLite file in DATA_DIR. Viewers are stored under a keyed hash, so the file holds no user
ids. KEPT_DAYS after their last visit they are deleted, and when they are erased
(recs/stores/erasing.py) at once. If the disk fails, the page works and forgets.
"""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from random import random
from typing import Any, Self, TypeVar

from app.page.client import Entry
from recs.stores.viewers import FILE, connect, name_of

KEPT_DAYS = 30
LISTS_KEPT, BEFORE_KEPT, REPLACED_KEPT = 6, 5, 12
WATCHLIST_AT_MOST = 500
NOT_NOW_SECONDS = 14 * 86_400
FORGETS_ONCE_IN = 200
TRIES = 20
"""Attempts of a change. A viewer who clicks fast, or in two tabs, has several at a time."""

ADD = "INSERT INTO viewers VALUES (:name, 1, :now, :text) ON CONFLICT (name) DO NOTHING"
REPLACE = (
    "UPDATE viewers SET version = :version + 1, seen = :now, viewer = :text "
    "WHERE name = :name AND version = :version"
)

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Replaced:
    """An entry that was replaced on the list `key`. by: the item that replaced it, if any."""

    entry: Entry
    by: str | None
    key: str


@dataclass(frozen=True)
class Done:
    """What the viewer has just done without JavaScript; shown once above the cards."""

    item_id: str
    action: str
    failed: bool = False


@dataclass
class Viewer:
    """One viewer in one generation."""

    generation: int = 0
    lists: dict[str, list[Entry]] = field(default_factory=dict)
    """The current lists, by the address of their filters."""
    before: dict[str, list[list[Entry]]] = field(default_factory=dict)
    """Earlier lists of each, the newest last."""
    replaced: dict[str, Replaced] = field(default_factory=dict)
    """By item id."""
    watchlist: list[str] = field(default_factory=list)
    """Newest first."""
    not_now: dict[str, float] = field(default_factory=dict)
    """Item id → time until which it is hidden."""
    welcomed: bool = False
    """The viewer has chosen titles at the first visit, or skipped this."""
    seen_at: float = 0.0
    newest: str = ""
    """The newest item when this visit began."""
    newest_before: str = ""
    """The same for the visit before."""
    after: int = 0
    """The collector's `after` of the last interaction: lists wait a moment for it."""
    said_at: float = 0.0
    done: Done | None = None

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `asdict` wrote; fields of other versions are ignored."""
        known = {each.name for each in fields(cls)}
        found = {name: value for name, value in json.loads(text).items() if name in known}
        found["lists"] = {key: _entries(each) for key, each in found.get("lists", {}).items()}
        found["before"] = {
            key: [_entries(each) for each in earlier]
            for key, earlier in found.get("before", {}).items()
        }
        found["replaced"] = {
            item_id: Replaced(Entry.read(each["entry"]), each["by"], each["key"])
            for item_id, each in found.get("replaced", {}).items()
        }
        found["done"] = Done(**found["done"]) if found.get("done") else None
        return cls(**found)

    def keep(self, key: str, entries: list[Entry]) -> None:
        """Set a list. Only the latest LISTS_KEPT lists are kept."""
        self.lists.pop(key, None)
        self.lists[key] = entries
        for oldest in list(self.lists)[:-LISTS_KEPT]:
            del self.lists[oldest]
            self.before.pop(oldest, None)

    def put_aside(self, key: str) -> None:
        """Move a list to the earlier ones."""
        if current := self.lists.pop(key, None):
            self.before[key] = [*self.before.get(key, []), current][-BEFORE_KEPT:]

    def bring_back(self, key: str) -> None:
        """Show the newest earlier list; the current one becomes the oldest of them."""
        earlier = self.before.get(key) or []
        if earlier:
            current = self.lists.get(key)
            self.keep(key, earlier.pop())
            self.before[key] = [*([current] if current else []), *earlier]

    def replace(self, key: str, item_id: str, by: Entry | None) -> None:
        """Replace an entry by another one, or remove it; `restore` undoes this."""
        entries = self.lists.get(key, [])
        place = next((n for n, each in enumerate(entries) if each.item_id == item_id), None)
        if place is None:
            return
        self.replaced.pop(item_id, None)
        self.replaced[item_id] = Replaced(entries[place], by.item_id if by else None, key)
        entries[place : place + 1] = [by] if by else []
        for oldest in list(self.replaced)[:-REPLACED_KEPT]:
            del self.replaced[oldest]

    def in_place_of(self, key: str, item_id: str) -> Entry | None:
        """Return the entry that replaced an item on a list; None if the item is still there."""
        entries = {each.item_id: each for each in self.lists.get(key, [])}
        change = self.replaced.get(item_id)
        if change is None or change.by is None or item_id in entries:
            return None
        return entries.get(change.by)

    def restore(self, item_id: str) -> None:
        """Put a replaced entry back in place of the one that replaced it."""
        change = self.replaced.pop(item_id, None)
        if change is None or change.key not in self.lists:
            return
        entries = self.lists[change.key]
        ids = [each.item_id for each in entries]
        if item_id in ids:
            return
        if change.by in ids:
            entries[ids.index(change.by)] = change.entry
        else:
            entries.insert(0, change.entry)

    def put_off(self) -> set[str]:
        """Return the items that are hidden now; forget those whose time is over."""
        now = time.time()
        self.not_now = {item: until for item, until in self.not_now.items() if until > now}
        return set(self.not_now)

    def watch(self, item_id: str, wanted: bool) -> None:
        """Put an item on the watch-list, or take it off."""
        others = [each for each in self.watchlist if each != item_id]
        self.watchlist = ([item_id, *others] if wanted else others)[:WATCHLIST_AT_MOST]


def _entries(fields: Sequence[Mapping[str, Any]]) -> list[Entry]:
    return [Entry.read(each) for each in fields]


class Memory:
    """The file. The constructor does not touch the disk; any thread may use it."""

    def __init__(self, data_dir: Path, key: bytes) -> None:
        self._path = data_dir / FILE
        self._key = key
        self._local = threading.local()

    def read(self, user_id: str, generation: int) -> Viewer:
        """Return a viewer; an empty one if only another generation is stored."""
        return self._read(user_id, generation)[0]

    def change(
        self, user_id: str, generation: int, change: Callable[[Viewer], Answer]
    ) -> tuple[Viewer, Answer]:
        """Change a viewer, and return them with the result of `change`.

        `change` holds no lock, so it may call services. If another change was written meanwhile,
        it runs again on the new state.
        """
        for _ in range(TRIES):
            viewer, version, before = self._read(user_id, generation)
            answer = change(viewer)
            after = json.dumps(asdict(viewer))
            if after == before or self._write(user_id, version, after):
                break
        return viewer, answer

    def _read(self, user_id: str, generation: int) -> tuple[Viewer, int, str]:
        """Return a viewer, their version, and their text in the file."""
        try:
            found = self._connection().execute(
                "SELECT version, viewer FROM viewers WHERE name = ?", (self._name(user_id),)
            )
            row = found.fetchone()
        except (sqlite3.Error, OSError) as error:
            self._let_go(error)
            row = None
        if row is None:
            return Viewer(generation), 0, ""
        viewer = Viewer.read(row[1])
        if viewer.generation != generation:
            viewer = Viewer(generation)
        return viewer, row[0], row[1]

    def _write(self, user_id: str, version: int, text: str) -> bool:
        """Write a viewer unless the version has changed; return whether to stop trying.

        A viewer who was erased meanwhile (`version` is not 0, and there is no row) is not restored.
        """
        values = {"name": self._name(user_id), "now": time.time(), "text": text, "version": version}
        try:
            with self._connection() as database:  # a transaction
                if random() < 1 / FORGETS_ONCE_IN:
                    oldest = time.time() - KEPT_DAYS * 86_400
                    database.execute("DELETE FROM viewers WHERE seen < ?", (oldest,))
                written = database.execute(REPLACE if version else ADD, values)
        except (sqlite3.Error, OSError) as error:
            self._let_go(error)
            return True
        return written.rowcount > 0

    def _name(self, user_id: str) -> str:
        return name_of(user_id, self._key)

    def _let_go(self, error: Exception) -> None:
        """Say that nothing is remembered. The next call opens the file again: it may be damaged."""
        log.warning("the page remembers nothing: %s", error)
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
        self._local.connection = None

    def _connection(self) -> sqlite3.Connection:
        """Return this thread's connection; create the file if it is missing."""
        if (found := getattr(self._local, "connection", None)) is not None:
            return found  # type: ignore[no-any-return]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = connect(self._path)
        self._local.connection = connection
        return connection
