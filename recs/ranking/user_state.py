"""What a ranker knows of one user: interactions, impressions, and the slate that waits for them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

import numpy as np

from recs.interactions import LIKED
from recs.ranking.ragged import NO_ROWS
from recs.ranking.slates import NO_ENTRIES, Entries
from recs.types import IntArray, Row


@dataclass(frozen=True, slots=True)
class UserState:
    """The state of one user.

    rows, signs: (n_interactions,) each; items and LIKED, DISLIKED or WATCHED, oldest first.
    shown: (n_impressions,) rows of the items that they were shown, oldest first, each once.
    slate: prepared entries that were not served yet.
    slate_age: seconds since it was ranked; infinite without one.
    visited: time of their last visit (seconds since 1970), 0 if they never came.
    read_at: when this state was read (microseconds since 1970, by the clock of Redis).
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
        """Whether their interactions were imported and they have never visited."""
        return not self.visited and len(self.rows) > 0

    @property
    def liked(self) -> IntArray:
        """Rows of their likes, oldest first."""
        return np.asarray(self.rows[self.signs == LIKED])


def state_of(said: Mapping[Row, int]) -> UserState:
    """Return the state of a user of whom only ratings are known: row -> sign, oldest first."""
    rows = np.fromiter(said.keys(), np.int64, len(said))
    return UserState(rows, np.fromiter(said.values(), np.int64, len(said)))
