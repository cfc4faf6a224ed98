"""Arrays that grow at the end: values come in one by one, and are used as one numpy array."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class GrowingArray:
    """A vector with spare room at its end.

    New places hold zeros. `view` is the filled part; it is valid only until the next growth.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self._room: NDArray[Any] = np.zeros(64, dtype)
        self.view: NDArray[Any] = self._room[:0]

    def __len__(self) -> int:
        return len(self.view)

    def grow_to(self, length: int) -> None:
        """Make it at least this long."""
        if length <= len(self.view):
            return
        if length > len(self._room):
            bigger = np.zeros(max(length, 2 * len(self._room)), self._room.dtype)
            bigger[: len(self.view)] = self.view
            self._room = bigger
        self.view = self._room[:length]

    def extend(self, values: Any) -> None:
        """Append these values."""
        before = len(self.view)
        self.grow_to(before + len(values))
        self.view[before:] = values
