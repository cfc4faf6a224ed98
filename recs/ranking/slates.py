"""A slate: the entries prepared for one user, packed so that Redis can split it without parsing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

ENTRY = np.dtype([("row", "<u4"), ("source", "u1"), ("score", "<f4")])
"""An entry: the item's row, the number of its source in SOURCES, its score."""

Entries = NDArray[Any]
"""(n,) of ENTRY, best first."""

NO_ENTRIES: Entries = np.zeros(0, ENTRY)

SOURCES = ("popular", "genre", "similar", "personal", "fresh", "explore")
"""Why an item is in a slate; see recs/ranking/explanations.py."""

EXPLORE = SOURCES.index("explore")


def pack(entries: Entries) -> bytes:
    """Return the entries as bytes, 9 for each."""
    return entries.tobytes()


def unpack(packed: bytes) -> Entries:
    """Return entries from what `pack` returned. Raises ValueError if the length is wrong."""
    return np.frombuffer(packed, ENTRY)
