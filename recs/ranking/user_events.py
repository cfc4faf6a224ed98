"""What one user did inside the window of the statistics worker."""

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recs.types import IntArray


class UserEvents:
    """What one user did inside the window."""

    __slots__ = (
        "counted", "hits", "index", "organic", "response_rate", "rows", "shown", "signs", "times",
    )  # fmt: skip

    def __init__(self, index: int) -> None:
        self.index = index
        self.rows = array("i")
        """Items that they interacted with, each once; signs and times in the same order."""
        self.signs = array("b")
        """LIKED, DISLIKED, WATCHED, or UNDONE."""
        self.times = array("d")
        self.shown = array("i")
        """Items that they were shown, each once."""
        self.counted = 0
        """So many of `shown` are in the exposure, each with `response_rate`."""
        self.response_rate = 0.0
        self.hits = 0.0
        """Likes of items that they were shown, and what watching some of them is worth."""
        self.organic = 0
        """Interactions with items that they were not shown."""

    def __len__(self) -> int:
        return len(self.rows) + len(self.shown)


def rows_of(rows: "array[int]") -> NDArray[np.int32]:
    """Look at an array of rows as numpy does. It must not grow meanwhile."""
    return np.frombuffer(rows, np.int32)


def joined(parts: "Sequence[array[Any]]", dtype: type) -> NDArray[Any]:
    """Return what some arrays of this type hold, one after the other."""
    return np.concatenate([np.frombuffer(part, dtype) for part in parts] or [np.zeros(0, dtype)])


def rows_of_all(parts: "Sequence[array[int]]") -> tuple[IntArray, IntArray]:
    """Return the rows of some users, flat, and whose each of them is."""
    rows = joined(parts, np.int32).astype(np.int64)
    return rows, np.repeat(np.arange(len(parts)), [len(part) for part in parts])
