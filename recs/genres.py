"""What titles have in common when nothing else is known: their genres."""

from collections.abc import Sequence

import numpy as np

from recs.arrays import GrowingArray
from recs.types import FloatArray, IntArray, Row


class GenreTable:
    """Genres of every title as a table of zeros and ones, its columns in order of first sight."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.columns: dict[str, int] = {}
        self.table = GrowingArray(np.float64, width=32)
        self.unit = GrowingArray(np.float64, width=32)
        """The same, each row of length one (or nought)."""

    def set(self, row: Row, genres: Sequence[str]) -> None:
        """Say which genres a title has; replaces what was said before."""
        columns = [self._column(genre) for genre in genres]
        self.grow_to(row + 1)
        self.table.view[row] = 0
        self.unit.view[row] = 0
        self.table.view[row, columns] = 1
        self.unit.view[row, columns] = max(len(set(columns)), 1) ** -0.5

    def grow_to(self, n_items: int) -> None:
        """Make room for titles of which no genres are known yet."""
        self.table.grow_to(n_items)
        self.unit.grow_to(n_items)

    def _column(self, genre: str) -> int:
        column = self.columns.get(genre)
        if column is None:
            column = self.columns[genre] = len(self.names)
            self.names.append(genre)
            for table in (self.table, self.unit):
                table.widen_to(1 << column.bit_length())
        return column

    def taste(self, rows: IntArray, tastes: IntArray, dislike_weight: float) -> FloatArray:
        """How much a viewer is drawn to each genre, from his likes (+1) and dislikes (-1)."""
        weights = np.where(tastes > 0, 1.0, -dislike_weight)
        return np.asarray(weights @ self.unit.view[rows])

    def shares(self, rows: IntArray) -> FloatArray:
        """Return the share of each genre in each title: (len(rows), n_genres)."""
        return np.asarray(self.unit.view[rows] ** 2)

    def affinity(self, taste: FloatArray, rows: IntArray) -> FloatArray:
        """Cosine between titles and a taste, scaled so that the strongest is 1 or -1."""
        cosines = self.unit.view[rows] @ taste
        strongest = np.abs(cosines).max(initial=0.0)
        return np.asarray(cosines / strongest if strongest > 0 else cosines)

    def overlaps(self, rows: IntArray) -> FloatArray:
        """Jaccard similarity of the genre sets of every two titles, (len(rows), len(rows))."""
        table = self.table.view[rows]
        common = table @ table.T
        sizes = table.sum(axis=1)
        union = sizes[:, None] + sizes[None, :] - common
        return np.asarray(common / np.maximum(union, 1.0))
