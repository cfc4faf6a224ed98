"""Finds rows in the long arrays of users who did very much."""

from array import array
from bisect import bisect_left

import numpy as np

from recs.ranking.user_events import rows_of
from recs.types import Row, UserId

SHORT = 200
"""To scan so many rows takes about as long as the rest of recording an interaction."""


class RowIndex:
    """Finds rows in an array of distinct rows, which may grow at its end meanwhile.

    The first look-up sorts the array, in the time of two or three scans. Each further one takes
    O(log n). Memory: 8 bytes for each row then, and some 130 for each that came later.
    """

    def __init__(self, rows: "array[int]") -> None:
        self._rows = rows
        self._sorted, self._places = array("i"), array("i")
        self._later: dict[Row, int] = {}
        self._n_indexed = 0

    def place(self, row: Row) -> int | None:
        """Return where a row is; None if it is not there."""
        if not self._n_indexed:
            self._sort()
        for place in range(self._n_indexed, len(self._rows)):
            self._later[self._rows[place]] = place
        self._n_indexed = len(self._rows)
        at = bisect_left(self._sorted, row)
        if at < len(self._sorted) and self._sorted[at] == row:
            return self._places[at]
        return self._later.get(row)

    def _sort(self) -> None:
        rows = rows_of(self._rows)
        order = rows.argsort()
        self._sorted.frombytes(rows[order].tobytes())
        self._places.frombytes(order.astype(np.int32).tobytes())
        self._n_indexed = len(rows)


class RowIndexes:
    """Indexes of the users whose arrays are long and looked up often. To be dropped before long."""

    def __init__(self, scans: int) -> None:
        """scans: how often an array is scanned before it gets an index."""
        self._scans = scans
        self._left: dict[UserId, int] = {}
        self._indexes: dict[UserId, RowIndex] = {}

    def of(self, user: UserId, rows: "array[int]") -> RowIndex | None:
        """Return the index of a user's array; None if it is to be scanned."""
        if len(rows) <= SHORT:
            return None
        index = self._indexes.get(user)
        if index is None:
            left = self._left[user] = self._left.get(user, self._scans) - 1
            if left < 0:
                index = self._indexes[user] = RowIndex(rows)
        return index

    def drop(self, user: UserId) -> None:
        """Drop the index of a user."""
        self._left.pop(user, None)
        self._indexes.pop(user, None)

    def drop_all(self) -> None:
        """Drop all indexes."""
        self._left, self._indexes = {}, {}
