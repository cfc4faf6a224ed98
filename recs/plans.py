"""Which titles wait in prepared lists to be explored, so that the next list explores others.

A list is prepared long before it is served. Without this, every list prepared in the meantime
would explore the same titles, the least shown ones, and their showings would be wasted.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from recs.arrays import GrowingArray
from recs.types import IntArray, Row, UserId


class Plans:
    """How many prepared lists explore each title. A new list of a viewer replaces his earlier."""

    def __init__(self) -> None:
        self._counts = GrowingArray(np.int64)
        self._of_viewer: defaultdict[UserId | None, list[Row]] = defaultdict(list)

    def grow_to(self, n_items: int) -> None:
        """Make room for new titles."""
        self._counts.grow_to(n_items)

    def of(self, rows: IntArray) -> IntArray:
        """Return how many lists explore these."""
        return self._counts.view[rows]

    def add(self, user: UserId | None, rows: Sequence[Row]) -> None:
        """Add what a list explores. None: the lists for those never heard of."""
        self._of_viewer[user].extend(rows)
        self._count(rows, +1)

    def withdraw(self, user: UserId | None) -> None:
        """Forget a viewer's earlier list."""
        self._count(self._of_viewer.pop(user, []), -1)

    def _count(self, rows: Sequence[Row], step: int) -> None:
        np.add.at(self._counts.view, np.asarray(rows, np.int64), step)
