"""Reservations of items in exploration slots, so that no two prepared slates explore the same item.

A slate is prepared long before it is served. Without reservations, all slates prepared in that time
would explore the same items: those shown least.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recs.types import Row


@dataclass(frozen=True, slots=True)
class Wish:
    """What one new slate wants to explore.

    release: rows that the user's previous slate explored and that were not served. preferred: rows,
    best first. count: how many of them are wanted.
    """

    release: Sequence[Row]
    preferred: Sequence[Row]
    count: int


Claim = Callable[[Sequence[Wish]], Sequence[Sequence[Row]]]
"""First releases the rows of all wishes to release, then reserves and returns rows for each wish.

If too few preferred rows are free, a wish also gets reserved ones, starting with those whose
reservation ends first. It gets fewer than `count` only if `preferred` is shorter. See
recs/stores/reserved.py.
"""
