"""What a ranker knows of one user: interactions, impressions, and the slate that waits for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

import numpy as np

from recs.interactions import LIKED
from recs.ranking.slates import NO_ENTRIES, Entries
from recs.types import IntArray, Row

NO_ROWS: IntArray = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class UserState:
    """One user's.

    rows, signs: (n_interactions,) each; items and LIKED, DISLIKED or WATCHED, oldest first.
    shown: (n_impressions,) rows of the items that they were shown, oldest first, each once.
    slate: entries that were prepared and not served yet.
    slate_age: seconds since it was ranked; infinite without one.
    visited: seconds since 1970 of their last visit, 0 if they never came.
    read_at: microseconds since 1970, by the clock of Redis, when this was read.
    """

    rows: IntArray = field(default_factory=lambda: NO_ROWS)
    signs: IntArray = field(default_factory=lambda: NO_ROWS)
    shown: IntArray = field(default_factory=lambda: NO_ROWS)
    slate: Entries = field(default_factory=lambda: NO_ENTRIES)
    slate_age: float = inf
    visited: float = 0.0
    read_at: int = 0

    @property
    def was_brought(self) -> bool:
        """Whether they brought interactions with them and have not come yet."""
        return not self.visited and len(self.rows) > 0

    @property
    def liked(self) -> IntArray:
        """Rows of their likes, oldest first."""
        return np.asarray(self.rows[self.signs == LIKED])


def state_of(said: Mapping[Row, int]) -> UserState:
    """Return the state of somebody of whom only this is known: row -> signed rating, in order."""
    rows = np.fromiter(said.keys(), np.int64, len(said))
    return UserState(rows, np.fromiter(said.values(), np.int64, len(said)))
