"""Converts what Redis holds of a user to arrays for ranking."""

from math import inf

import numpy as np

from recs.interactions import DISLIKED, LIKED, WATCHED
from recs.ranking.ragged import NO_ROWS
from recs.ranking.slates import ENTRY, NO_ENTRIES
from recs.ranking.user_state import UserState
from recs.stores.users import MOMENTS, moment
from recs.types import IntArray

HEADER = np.dtype([("visited", "<u4"), ("ranked", "<u4")])
"""Start of a slate: last visit (seconds since 1970) and ranking (see `moment`); 0 for never."""


def read_state(interactions: bytes, shown: bytes, slate: bytes, read_at: int) -> UserState:
    """Read what states.lua returns of one user."""
    rows, signs = read_facts(interactions)
    return UserState(
        rows,
        signs,
        np.frombuffer(shown, "<u4").astype(np.int64),
        np.frombuffer(slate, ENTRY, offset=HEADER.itemsize) if slate else NO_ENTRIES,
        _age(int.from_bytes(slate[4:8], "little"), read_at),
        float(int.from_bytes(slate[:4], "little")),
        read_at,
    )


def _age(ranked: int, read_at: int) -> float:
    """Return how long ago a slate was ranked, in seconds. ranked: see `moment`; 0 for never."""
    return (moment(read_at) - ranked) % MOMENTS / 1_000 if ranked else inf


def read_facts(text: bytes) -> tuple[IntArray, IntArray]:
    """Read "row fact row fact …"; return rows and signs, oldest first, without undone ones."""
    if not text:
        return NO_ROWS, NO_ROWS
    watched: list[bool] | None = None
    if b" 0" in text or b" w" in text:
        words = text.split()
        kept = [i for i in range(0, len(words), 2) if not words[i + 1].startswith(b"0")]
        watched = [words[i + 1].startswith(b"w") for i in kept]
        text = b" ".join(words[i] + b" " + words[i + 1].lstrip(b"w") for i in kept)
    # A fact is read as a number with the sign of the opinion: +1732531737.5, -1732531737.5.
    pairs = np.fromstring(text, np.float64, sep=" ").reshape(-1, 2)
    signs = np.where(pairs[:, 1] < 0, DISLIKED, LIKED)
    if watched is not None:
        signs[watched] = WATCHED
    order = np.abs(pairs[:, 1]).argsort(kind="stable")
    return pairs[order, 0].astype(np.int64), signs[order]
