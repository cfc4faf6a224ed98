"""The events of one user inside the window of the statistics worker."""

from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recs.types import IntArray


class UserEvents:
    """The events of one user inside the window, and numbers counted from them."""

    __slots__ = (
        "counted", "hits", "index", "organic", "response_rate", "rows", "shown", "signs", "times",
    )  # fmt: skip

    def __init__(self, index: int) -> None:
        self.index = index
        self.rows = array("i")
        """Items that the user interacted with, each once; signs and times have the same order."""
        self.signs = array("b")
        """LIKED, DISLIKED, WATCHED, or UNDONE."""
        self.times = array("d")
        self.shown = array("i")
        """Items that the user was shown, each once."""
        self.counted = 0
        """How many of `shown` are counted in the exposure, each with `response_rate`."""
        self.response_rate = 0.0
        self.hits = 0.0
        """Likes of items that the user was shown; a "watched" counts `watched_weight`."""
        self.organic = 0
        """Interactions with items that the user was not shown."""

    def __len__(self) -> int:
        return len(self.rows) + len(self.shown)


def rows_of(rows: "array[int]") -> NDArray[np.int32]:
    """Return a numpy view of an array of rows. The array must not grow while it is in use."""
    return np.frombuffer(rows, np.int32)


def joined(parts: "Sequence[array[Any]]", dtype: type) -> NDArray[Any]:
    """Return the values of some arrays of this type, one after the other."""
    return np.concatenate([np.frombuffer(part, dtype) for part in parts] or [np.zeros(0, dtype)])


def rows_of_all(parts: "Sequence[array[int]]") -> tuple[IntArray, IntArray]:
    """Return the rows of some users as a flat array, and the user of each row."""
    rows = joined(parts, np.int32).astype(np.int64)
    return rows, np.repeat(np.arange(len(parts)), [len(part) for part in parts])
