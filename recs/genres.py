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
        # Single precision: a request picks a thousand rows out of it, and waits for memory.
        self.table = GrowingArray(np.float32, width=32)

    def set(self, row: Row, genres: Sequence[str]) -> None:
        """Say which genres a title has; replaces what was said before."""
        columns = [self._column(genre) for genre in genres]
        self.grow_to(row + 1)
        self.table.view[row] = 0
        self.table.view[row, columns] = 1

    def grow_to(self, n_items: int) -> None:
        """Make room for titles of which no genres are known yet."""
        self.table.grow_to(n_items)

    def shares(self, rows: IntArray) -> FloatArray:
        """Return the share of each genre in each title: (len(rows), n_genres)."""
        table = self.table.view[rows]
        return np.asarray(table / np.maximum(table.sum(axis=1, keepdims=True), 1))

    def taste(self, rows: IntArray, tastes: IntArray, dislike_weight: float) -> FloatArray:
        """Return how much a viewer is drawn to each genre, by his likes (+1) and dislikes (-1).

        A title of many genres says as much as a title of one: it has the same length.
        """
        table = self.table.view[rows]
        lengths = np.sqrt(np.maximum(table.sum(axis=1), 1))
        return np.asarray((np.where(tastes > 0, 1.0, -dislike_weight) / lengths) @ table)

    def fit(
        self, rows: IntArray, taste: FloatArray, leanings: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return how titles fit a viewer: by the cosine with his taste, and by his leanings.

        (len(rows),) each. The cosines are scaled so that the strongest is 1 or -1; leanings are
        the mean over a title's genres.
        """
        table = self.table.view.take(rows, axis=0)
        directions = np.array([taste, leanings, np.ones(len(taste))], np.float32)
        cosines, leant, sizes = directions @ table.T
        sizes = np.maximum(sizes, 1)
        cosines = cosines / np.sqrt(sizes)
        strongest = np.abs(cosines).max(initial=0.0)
        if strongest > 0:
            cosines = cosines / strongest
        return np.asarray(cosines, np.float64), np.asarray(leant / sizes, np.float64)

    def overlaps(self, rows: IntArray) -> FloatArray:
        """Return the Jaccard similarity of the genre sets of every two titles, (n, n)."""
        table = self.table.view.take(rows, axis=0)
        common = table @ table.T
        sizes = table.sum(axis=1)
        union = sizes[:, None] + sizes[None, :] - common
        return np.asarray(common / np.maximum(union, 1))

    def _column(self, genre: str) -> int:
        column = self.columns.get(genre)
        if column is None:
            column = self.columns[genre] = len(self.names)
            self.names.append(genre)
            self.table.widen_to(1 << column.bit_length())
        return column
