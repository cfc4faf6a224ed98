"""Converts what Redis holds of a user to arrays for ranking."""

from collections.abc import Mapping
from math import inf

import numpy as np

from recs.interactions import UNDONE
from recs.ranking.ragged import NO_ROWS
from recs.ranking.slates import ENTRY, NO_ENTRIES
from recs.ranking.user_state import UserState
from recs.stores.users import MOMENTS, SIGNS, moment
from recs.types import IntArray

HEADER = np.dtype([("visited", "<u4"), ("ranked", "<u4")])
"""Start of a slate: last visit (seconds since 1970) and ranking (see `moment`); 0 for never."""


def read_state(facts: Mapping[bytes, bytes], shown: bytes, slate: bytes, read_at: int) -> UserState:
    """Read what states.lua returns of one user. facts: row -> fact."""
    rows, signs = read_facts(facts)
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


def facts_in(text: bytes) -> dict[bytes, bytes]:
    """Read "row fact row fact …"; return row -> fact."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def read_facts(facts: Mapping[bytes, bytes]) -> tuple[IntArray, IntArray]:
    """Return rows and signs, oldest first, without undone ones."""
    if not facts:
        return NO_ROWS, NO_ROWS
    rows = np.array([int(row) for row in facts], np.int64)
    signs = np.array([SIGNS[fact[:1]] for fact in facts.values()], np.int64)
    order = np.array([float(fact[1:]) for fact in facts.values()]).argsort(kind="stable")
    order = order[signs[order] != UNDONE]
    return rows[order], signs[order]
