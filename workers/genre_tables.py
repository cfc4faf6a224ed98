"""The genres and traits of a catalogue's items, as a table for the window.

A trait is a kind or a country. Only rare ones are in the table: in a catalogue of films, a like of
one more film says nothing of a taste, but likes of three series do.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from recs.genres import key_of
from recs.ranking.genres import GenreTable
from recs.ranking.ragged import Ragged
from recs.stores.catalogue import Catalogue

RARE = 1 / 3
"""Share of the items. A trait that more items have says nothing about a taste."""
OFTEN_ENOUGH = 10
"""Items. A trait that fewer items have cannot fill a list."""
TRAITS_MOST = 50
"""Only the most frequent are kept; each costs memory and time in every ranking."""


class CatalogueGenres:
    """Builds the table again only when genres or traits change, not for each item without any."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._told = -1
        self._table = GenreTable(Ragged.of([]), ())

    def table(self) -> GenreTable:
        """Return the genres of all items, by row; columns in order of first sight."""
        told, n_items = self._catalogue.tastes_told, len(self._catalogue)
        if told != self._told:
            self._told, self._table = told, _table_of(self._catalogue, n_items)
        elif n_items > len(self._table.of_items):
            self._table = _longer(self._table, n_items)
        return self._table


def _table_of(catalogue: Catalogue, n_items: int) -> GenreTable:
    columns: dict[str, int] = {}
    rows = [
        [columns.setdefault(name, len(columns)) for name in genres]
        for genres in catalogue.genres[:n_items]
    ]
    traits = [
        list(_traits(kind, countries))
        for kind, countries in zip(
            catalogue.kinds[:n_items], catalogue.countries[:n_items], strict=True
        )
    ]
    place_of = {name: len(columns) + place for place, name in enumerate(_telling(traits))}
    for row, names in zip(rows, traits, strict=True):
        row += [place_of[name] for name in names if name in place_of]
    return GenreTable(Ragged.of(rows), list(columns), list(place_of))


def _traits(kind: str, countries: Iterable[str]) -> Iterator[str]:
    """Name the traits of an item. No genre has such a name: those have no line ends."""
    if kind:
        yield f"kind\n{key_of(kind)}"
    for country in countries:
        yield f"country\n{key_of(country)}"


def _telling(traits: Sequence[Sequence[str]]) -> list[str]:
    """Return the traits that say something of a taste, the most frequent first."""
    counts = Counter(name for names in traits for name in set(names))
    most = RARE * len(traits)
    return [name for name, count in counts.most_common() if OFTEN_ENOUGH <= count <= most][
        :TRAITS_MOST
    ]


def _longer(table: GenreTable, n_items: int) -> GenreTable:
    """Return the table with items without genres at its end."""
    starts, values = table.of_items.starts, table.of_items.values
    more = np.full(n_items - len(table.of_items), starts[-1])
    return GenreTable(Ragged(np.concatenate([starts, more]), values), table.names, table.traits)
