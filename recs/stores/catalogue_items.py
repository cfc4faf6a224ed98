"""The items of a catalogue in memory, by row, as the lines of its file tell of them."""

from array import array
from collections import Counter
from collections.abc import Sequence
from itertools import compress
from sys import intern
from typing import Any

from recs.attributes import checked
from recs.genres import GenreNames, genres_of
from recs.types import ItemId, Json, Row

HOLE = ItemId("")
"""The id of a row whose line is damaged."""
NOWHERE = -1
"""In place of an offset: the catalogue says nothing about this item."""
LINE_BYTES_LEAST = len('{"id":"a"}\n')
FLAGS = {bool, type(None)}
MET = {"id", "row"}
"""The keys of a line of an item that somebody met, and nobody added."""


class CatalogueItems:
    """What was read of a catalogue. Rows are only added; an item keeps its row."""

    def __init__(self) -> None:
        self.ids: list[ItemId] = []
        """By row; HOLE where a line is damaged."""
        self.rows: dict[ItemId, Row] = {}
        self.known = bytearray()
        """By row: 1 if the item may be recommended; 0 if it was only met in an interaction, is
        hidden, or was deleted."""
        self.hidden: set[Row] = set()
        """Items that were added, but must not be recommended."""
        self.strangers: set[Row] = set()
        """Items that were never added, only met in interactions."""
        self.genres: list[tuple[str, ...]] = []
        """By row."""
        self.years = array("h")
        """By row; 0 if unknown."""
        self.kinds: list[str] = []
        """By row; empty if unknown."""
        self.countries: list[tuple[str, ...]] = []
        """By row."""
        self.changes = 0
        """How many lines said something of an item, and not only that somebody met it. While it
        stays the same, so do the items that may be recommended."""
        self.tastes_told = 0
        """How many lines changed genres, kinds or countries. While it stays the same, those of all
        items do."""
        self._about = array("q")
        """By row: offset of the line with the item's current `about` (title and so on)."""
        self._counted: tuple[int, tuple[int, dict[str, int], dict[str, int]]] = (0, (0, {}, {}))
        """`changes`, and what `counts` returned then."""
        self._genre_names, self._country_names = GenreNames(), GenreNames()
        self._shared: dict[tuple[str, ...], tuple[str, ...]] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def is_added(self, row: Row) -> bool:
        """Say whether an item is in the catalogue, hidden or not."""
        return self.known[row] == 1 or row in self.hidden

    def find_genre(self, name: str) -> str | None:
        """Return the first spelling of a genre; None if no item ever had it."""
        return self._genre_names.find(name)

    def counts(self) -> tuple[int, dict[str, int], dict[str, int]]:
        """Return how many items may be recommended, and how many of each genre and country.

        The most frequent come first. Counted again only after something was said of an item: the
        page asks several times a visit, and for 100,000 items it took a quarter of a second.
        """
        changes = self.changes
        if self._counted[0] != changes:
            genres, countries = self._counts(self.genres), self._counts(self.countries)
            self._counted = (changes, (sum(self.known), genres, countries))
        return self._counted[1]

    def _counts(self, names_of: Sequence[tuple[str, ...]]) -> dict[str, int]:
        counts: Counter[str] = Counter()
        # Items with the same names share a tuple, so there are few different ones.
        for names, count in Counter(compress(names_of, self.known)).items():
            for name in names:
                counts[name] += count
        return dict(counts.most_common())

    def _take_line(self, content: Any, start: int, end: int) -> None:
        """Take in a line. start, end: its offsets in the file.

        Raises ValueError, TypeError, KeyError, AttributeError if the line is damaged.
        """
        item: ItemId = content["id"]
        known, hidden = content.get("known"), content.get("hidden")
        genres = None if content.get("genres") is None else genres_of(content["genres"])
        about = None if content.get("about") is None else checked(content["about"])
        former = self.rows.get(item)
        row = content.get("row", len(self.ids) if former is None else former)
        flags = {type(known), type(hidden)}
        if not (isinstance(item, str) and item and type(row) is int and flags <= FLAGS):
            raise TypeError("not a line of the catalogue")
        if not 0 <= row <= end // LINE_BYTES_LEAST:
            raise ValueError("the row is greater than the file can have")
        self._grow_to(row + 1)
        if self.ids[row] not in (HOLE, item):
            raise ValueError("the row belongs to another item")
        if former is not None and former != row:
            # The line of the former row was damaged after we read it; other processes never saw it.
            self.known[former] = 0
            self.hidden.discard(former)
        if known:
            self.strangers.discard(row)
        elif former is None and known is None:
            self.strangers.add(row)
        self._show(row, known, hidden)
        if genres is not None:
            self.genres[row] = self._intern(genres, self._genre_names)
            self.tastes_told += 1
        if about is not None:
            self._about[row] = start if about else NOWHERE
            self._choose_by(row, about)
        self.ids[row] = item
        self.rows[item] = row
        # Last: what others compute from a part of a change, they compute again.
        self.changes += not content.keys() <= MET

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

    def _intern(self, names: tuple[str, ...], known: GenreNames) -> tuple[str, ...]:
        """Return the first spellings of names, in one tuple for all items with these names."""
        kept = known.keep(names)
        return self._shared.setdefault(kept, kept)
