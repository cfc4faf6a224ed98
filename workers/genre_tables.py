"""The genres of a catalogue as a table, for the window."""

import numpy as np

from recs.ranking.genres import GenreTable
from recs.ranking.ragged import Ragged
from recs.stores.catalogue import Catalogue


class CatalogueGenres:
    """Makes the table anew when genres were told, and not for each item that has none."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._told = -1
        self._table = GenreTable(Ragged.of([]), ())

    def table(self) -> GenreTable:
        """Return the genres of all items, by row; columns in order of first sight."""
        told, n_items = self._catalogue.genres_told, len(self._catalogue)
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
    return GenreTable(Ragged.of(rows), list(columns))


def _longer(table: GenreTable, n_items: int) -> GenreTable:
    """Return the table with items without genres at its end."""
    starts, values = table.of_items.starts, table.of_items.values
    more = np.full(n_items - len(table.of_items), starts[-1])
    return GenreTable(Ragged(np.concatenate([starts, more]), values), table.names)
