"""Item–item similarity kept up to date: in each refresh the rows that are most out of date."""

from array import array
from collections.abc import Iterable
from typing import Protocol

import numpy as np
from scipy import sparse

from recs.ranking.settings import RankingSettings
from recs.ranking.similarity import (
    NO_SIMILARITY,
    Exposed,
    Neighbours,
    Similarity,
    neighbours_of,
)
from recs.types import FloatArray, IntArray, Row

EVENTS_A_REFRESH = 3_000_000
"""Work of one refresh: events of the users of an item, summed over the items. About 0.2 s."""
FANS_AT_MOST = 500
"""Users, the newest, from which an item's neighbours are computed: more cost time only."""
GROWN_ENOUGH = 0.05
"""An item whose users are so much more than at its last turn comes before the others."""


class Events(Protocol):
    """What one user did; see window.UserEvents."""

    index: int
    rows: "array[int]"
    signs: "array[int]"
    shown: "array[int]"
    response_rate: float
    organic: int

    def __len__(self) -> int: ...


class SimilarityIndex:
    """Neighbours of all items, and who interacted with what.

    What a refresh costs is bounded. Items whose own users changed come first, then those that these
    users interacted with besides, which wait for their turn.
    """

    def __init__(self, settings: RankingSettings) -> None:
        self._settings = settings
        self._n_items = 0
        self._users: dict[int, Events] = {}
        self._fans: dict[Row, array[int]] = {}
        """Item -> indices of the users who interacted with it, the newest last."""
        self._fans_before: dict[Row, int] = {}
        self._urgent: dict[Row, None] = {}
        self._waiting: dict[Row, None] = {}
        self._liked: dict[Row, tuple[IntArray, FloatArray]] = {}
        self._interacted: dict[Row, tuple[IntArray, FloatArray]] = {}
        self._published = NO_SIMILARITY

    def grow_to(self, n_items: int) -> None:
        """Make room for items that have no neighbours yet."""
        self._n_items = n_items

    def interacted(self, user: Events, row: Row, before: int, now: int) -> None:
        """Take in that a user's sign of an item changed."""
        fans = self._fans.setdefault(row, array("i"))
        self._users[user.index] = user
        if before:
            fans.remove(user.index)
        if now:
            fans.append(user.index)
        change = abs(len(fans) - self._fans_before.get(row, 0)) + (before != 0 and now != 0)
        if change >= GROWN_ENOUGH * len(fans):
            self._urgent[row] = None
        else:
            self._waiting[row] = None

    def touch(self, users: Iterable[Events]) -> None:
        """Take in that these users did something: what is near their items may have changed."""
        for user in users:
            self._waiting.update(dict.fromkeys(user.rows))

    def restore(self, user: Events) -> None:
        """Take in all interactions of a user at once."""
        self._users[user.index] = user
        for row, sign in zip(user.rows, user.signs, strict=True):
            if sign:
                self._fans.setdefault(row, array("i")).append(user.index)
                self._waiting[row] = None

    def seed(self, similarity: Similarity) -> None:
        """Begin with these neighbours, until it is each item's turn."""
        self._published = similarity
        self._liked = _by_row(similarity.liked)
        self._interacted = _by_row(similarity.interacted)

    def release(self, user: Events) -> None:
        """Forget a user, all of whose interactions were undone before."""
        self._users.pop(user.index, None)

    def refresh(
        self, rates: FloatArray, qualities: FloatArray, organic_exposure: float = 0.0
    ) -> Similarity:
        """Compute the neighbours of the items whose turn it is, and return those of all.

        organic_exposure: what an interaction with an item that the user was not shown tells of
        their exposure to all items; see popularity.organic_exposure.
        """
        rows = self._next_rows()
        if not rows:
            return self._published
        self._compute(np.array(rows, np.int64), rates, qualities, organic_exposure)
        self._published = Similarity(
            Neighbours.of(self._liked, self._n_items),
            Neighbours.of(self._interacted, self._n_items),
        )
        return self._published

    @property
    def n_waiting(self) -> int:
        """Return how many items wait for their turn."""
        return len(self._urgent) + len(self._waiting)

    def _next_rows(self) -> list[Row]:
        """Take rows off the queues until their work fills a refresh."""
        chosen: list[Row] = []
        left = EVENTS_A_REFRESH
        for queue in (self._urgent, self._waiting):
            while queue and left > 0:
                row = next(iter(queue))
                self._urgent.pop(row, None)
                self._waiting.pop(row, None)
                fans = self._fans.get(row, ())
                self._fans_before[row] = len(fans)
                left -= sum(len(self._users[index]) for index in fans[-FANS_AT_MOST:])
                chosen.append(row)
        return chosen

    def _compute(
        self, rows: IntArray, rates: FloatArray, qualities: FloatArray, organic_exposure: float
    ) -> None:
        settings = self._settings
        liked, interacted, exposed = self._matrices(rows, organic_exposure)
        watch_rates = np.minimum(rates / qualities, settings.max_interaction_rate)
        for kept, met, chances in (
            (self._liked, liked, rates),
            (self._interacted, interacted, watch_rates),
        ):
            kept.update(
                neighbours_of(
                    rows, met, exposed, chances, settings.neighbours, settings.prior_together
                )
            )

    def _matrices(
        self, rows: IntArray, organic_exposure: float
    ) -> tuple["sparse.csr_array", "sparse.csr_array", Exposed]:
        """Return who liked, interacted with, and was exposed to what, of the users of these items."""
        fans = {
            index: None
            for row in rows.tolist()
            for index in self._fans.get(row, ())[-FANS_AT_MOST:]
        }
        users = [self._users[index] for index in fans]
        shape = (len(users), self._n_items)
        signs = _joined([user.signs for user in users], np.int8)
        interacted_at = _joined([user.rows for user in users], np.int32)
        starts = _starts([len(user.rows) for user in users])
        weights = np.array([user.response_rate for user in users], np.float64)
        weights = np.maximum(weights, self._settings.min_response_rate)
        organic = organic_exposure * np.array([user.organic for user in users], np.float64)
        n_shown = [len(user.shown) for user in users]
        shown_at = _joined([user.shown for user in users], np.int32)
        return (
            _matrix((signs > 0).astype(np.float64), interacted_at, starts, shape),
            _matrix((signs != 0).astype(np.float64), interacted_at, starts, shape),
            Exposed(
                _matrix(np.repeat(weights - organic, n_shown), shown_at, _starts(n_shown), shape),
                organic,
            ),
        )


def _matrix(
    values: FloatArray, columns: IntArray, starts: IntArray, shape: tuple[int, int]
) -> "sparse.csr_array":
    # A copy: eliminate_zeros moves columns in place, and another matrix is made of them, too.
    matrix = sparse.csr_array((values, columns, starts), shape, copy=True)
    matrix.eliminate_zeros()
    return matrix


def _by_row(neighbours: Neighbours) -> dict[Row, tuple[IntArray, FloatArray]]:
    """Return row -> (neighbours, weights) of the items that have any."""
    starts = neighbours.lists.starts
    return {
        int(row): (
            neighbours.lists.values[starts[row] : starts[row + 1]].astype(np.int64),
            neighbours.weights[starts[row] : starts[row + 1]].astype(np.float64),
        )
        for row in np.flatnonzero(np.diff(starts))
    }


def _starts(lengths: list[int]) -> IntArray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def _joined(parts: "list[array[int]]", dtype: type) -> IntArray:
    """Return what some arrays hold, one after the other."""
    joined: IntArray = np.concatenate(
        [np.frombuffer(part, dtype) for part in parts] or [np.zeros(0, dtype)]
    )
    return joined
