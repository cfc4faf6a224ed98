"""Lists of different lengths, one for each row, in two flat arrays (CSR without its values)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from recs.types import IntArray

NO_ROWS: IntArray = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Ragged:
    """starts: (n_rows + 1,), where each row's list begins. values: all lists, one after another."""

    starts: IntArray
    values: IntArray

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> Self:
        """Pack lists of integers."""
        starts = np.zeros(len(lists) + 1, np.int64)
        np.cumsum([len(each) for each in lists], out=starts[1:])
        values = np.fromiter((value for each in lists for value in each), np.int64, int(starts[-1]))
        return cls(starts, values)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> IntArray:
        return self.values[self.starts[row] : self.starts[row + 1]]

    def take(self, rows: IntArray) -> tuple[IntArray, IntArray, IntArray]:
        """Return the lists of these rows, joined: owners, values, and (len(rows),) lengths.

        owners: (n_values,), the place in `rows` to which each value belongs. The list of a row
        beyond the end is empty.
        """
        places, counts = self.places(rows)
        return np.arange(len(rows)).repeat(counts), self.values[places], counts

    def places(self, rows: IntArray, most: int | None = None) -> tuple[IntArray, IntArray]:
        """Return where in `values` the lists of these rows are, and their (len(rows),) lengths.

        most: take only the first `most` of each list.
        """
        if not len(rows):
            return rows, rows
        try:
            firsts = self.starts[rows]
            counts = self.starts[rows + 1] - firsts
        except IndexError:  # some rows are beyond the end; a check in advance costs more
            inside = np.flatnonzero(rows < len(self))
            firsts, counts = np.zeros((2, len(rows)), np.int64)
            firsts[inside] = self.starts[rows[inside]]
            counts[inside] = self.starts[rows[inside] + 1] - firsts[inside]
        if most is not None:
            counts = np.minimum(counts, most)
        ends = counts.cumsum()
        places = (firsts - ends + counts).repeat(counts)
        places += np.arange(len(places))
        return places, counts
