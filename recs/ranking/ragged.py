"""Lists of different lengths, one a row, in two flat arrays (the CSR layout without values)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from recs.types import IntArray


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
        """Return the lists of these rows as one: owners, values, and (len(rows),) lengths.

        owners: (n_values,), to which of `rows` each value belongs. A row beyond the end has none.
        """
        places, counts = self.places(rows)
        return np.arange(len(rows)).repeat(counts), self.values[places], counts

    def places(self, rows: IntArray, most: int | None = None) -> tuple[IntArray, IntArray]:
        """Return where in `values` the lists of these rows are, and their (len(rows),) lengths.

        most: of each list so many, the first.
        """
        if not len(rows):
            return rows, rows
        try:
            firsts = self.starts[rows]
            counts = self.starts[rows + 1] - firsts
        except IndexError:  # some are beyond the end; to ask beforehand costs more
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
