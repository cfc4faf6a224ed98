"""Keeps item–item similarity up to date: each refresh computes the most outdated rows."""

from array import array
from collections.abc import Iterable
from math import inf

import numpy as np
from scipy import sparse

from recs.ranking.ratings import like_weights
from recs.ranking.settings import RankingSettings
from recs.ranking.similarity import (
    NO_SIMILARITY,
    Found,
    Neighbours,
    Similarity,
    neighbours_of,
)
from recs.ranking.user_events import UserEvents, joined, rows_of
from recs.types import FloatArray, IntArray, Row

EVENTS_A_REFRESH = 1_000_000
"""Work of one refresh: events of all users of an item, summed over the items. About 0.2 s."""
PACKED_AT_ONCE = 1_000_000
"""Up to this many neighbours of all items together are packed in every refresh; it takes 0.01 s for
10,000 items, 0.06 s for 100,000. More are packed in a separate refresh: after as much work as
packing costs, or after REFRESHES_UNPACKED refreshes."""
REFRESHES_UNPACKED = 5
PAIRS_AT_MOST, NEIGHBOURS_AT_LEAST = 4_000_000, 100
"""The most neighbours in each of the two tables, of all items together: 32 MB a table. And how many
each item keeps at least, even in a very large catalogue."""
FANS_AT_MOST = 500
"""An item's neighbours are computed from this many of its newest users. More only cost time."""
EVENTS_OF_A_USER = 5_000
"""Only so many of a user's newest interactions, and of their newest impressions, tell what goes
together. An item costs as much as its users did: one of 100,000 items would delay all for hours."""
FANS_SCANNED = 1_000
"""In more than so many users of an item, one is found with numpy."""
GROWN_ENOUGH = 0.05
"""An item is urgent when this share of its users changed since its neighbours were computed."""


class SimilarityIndex:
    """Neighbours of all items, and who interacted with what.

    The cost of a refresh is bounded, so items wait in two queues. Items many of whose own users
    changed are urgent. The other items of these users come after them.
    """

    def __init__(self, settings: RankingSettings) -> None:
        self._settings = settings
        self._n_items = 0
        self._users: dict[int, UserEvents] = {}
        self._fans: dict[Row, array[int]] = {}
        """Item -> indices of the users who interacted with it, newest last."""
        self._fans_before: dict[Row, int] = {}
        self._urgent: dict[Row, None] = {}
        self._waiting: dict[Row, None] = {}
        self._liked: Found = {}
        self._interacted: Found = {}
        self._size = 0
        """Neighbours of all items, in both tables."""
        self._kept = inf
        """No item has more neighbours than this."""
        self._published = NO_SIMILARITY
        self._work_unpacked = self._refreshes_unpacked = 0

    def grow_to(self, n_items: int) -> None:
        """Make room for items that have no neighbours yet."""
        self._n_items = n_items

    def interacted(self, user: UserEvents, row: Row, before: int, now: int) -> None:
        """Record that a user's signed rating of an item changed."""
        fans = self._fans.setdefault(row, array("i"))
        self._users[user.index] = user
        if before:
            _remove(fans, user.index)
        if now:
            fans.append(user.index)
        change = abs(len(fans) - self._fans_before.get(row, 0)) + (before != 0 and now != 0)
        if change >= GROWN_ENOUGH * len(fans):
            self._urgent[row] = None
        else:
            self._waiting[row] = None

    def touch(self, users: Iterable[UserEvents]) -> None:
        """Queue the items of these users: they did something, so neighbours may have changed."""
        for user in users:
            self._waiting.update(dict.fromkeys(user.rows[-EVENTS_OF_A_USER:]))

    def restore(self, user: UserEvents) -> None:
        """Record all interactions of a user at once."""
        self._users[user.index] = user
        for row, sign in zip(user.rows, user.signs, strict=True):
            if sign:
                self._fans.setdefault(row, array("i")).append(user.index)
                self._waiting[row] = None

    def seed(self, similarity: Similarity) -> None:
        """Use these neighbours until each item's own are computed."""
        self._published = similarity
        self._liked, self._interacted = similarity.liked.by_row(), similarity.interacted.by_row()
        self._size = len(similarity.liked.weights) + len(similarity.interacted.weights)

    def release(self, user: UserEvents) -> None:
        """Forget a user, all of whose interactions were undone before."""
        self._users.pop(user.index, None)

    def refresh(
        self, rates: FloatArray, qualities: FloatArray, organic_exposure: float = 0.0
    ) -> Similarity:
        """Compute the neighbours of the next items in the queues; return those of all items.

        A large table is packed in a later refresh, and until then the one before is returned: so
        the cost of publishing stays in proportion to what changed.
        organic_exposure: what one interaction with an item that the user was not shown adds to
        their exposure to every item; see popularity.organic_exposure.
        """
        size = self._size
        is_due = self._work_unpacked >= size or self._refreshes_unpacked >= REFRESHES_UNPACKED
        if size > PACKED_AT_ONCE and self._refreshes_unpacked and is_due:
            return self._pack()
        rows = self._next_rows()
        if rows:
            self._compute(np.array(rows, np.int64), rates, qualities, organic_exposure)
        if rows or self._refreshes_unpacked:
            self._refreshes_unpacked += 1
        if size <= PACKED_AT_ONCE and self._refreshes_unpacked:
            return self._pack()
        return self._published

    def _pack(self) -> Similarity:
        self._work_unpacked = self._refreshes_unpacked = 0
        self._narrow()
        self._published = Similarity(
            Neighbours.of(self._liked, self._n_items),
            Neighbours.of(self._interacted, self._n_items),
        )
        return self._published

    def _narrow(self) -> None:
        """Let each item keep its best neighbours only: in a larger catalogue it keeps fewer."""
        kept = neighbours_kept(self._n_items, self._settings.neighbours)
        if kept < self._kept:
            self._kept = kept
            for table in (self._liked, self._interacted):
                for row, (near, weights) in table.items():
                    self._put(table, row, near[:kept], weights[:kept])

    def _put(self, table: Found, row: Row, near: IntArray, weights: FloatArray) -> None:
        """Replace the neighbours of an item, as narrow as files hold them."""
        self._size += len(near) - (len(table[row][0]) if row in table else 0)
        table[row] = near.astype(np.int32), weights.astype(np.float32)

    @property
    def n_waiting(self) -> int:
        """Return how many items are queued; 1 if none is but results wait to be packed."""
        return len(self._urgent) + len(self._waiting) or int(self._refreshes_unpacked > 0)

    def _next_rows(self) -> list[Row]:
        """Take rows from the queues until they fill the work of one refresh."""
        chosen: list[Row] = []
        work = 0
        for queue in (self._urgent, self._waiting):
            for row in list(queue):
                if work >= EVENTS_A_REFRESH:
                    break
                self._urgent.pop(row, None)
                self._waiting.pop(row, None)
                fans = self._fans.get(row, ())
                self._fans_before[row] = len(fans)
                work += sum(_n_told_by(self._users[index]) for index in fans[-FANS_AT_MOST:])
                chosen.append(row)
        self._work_unpacked += work
        return chosen

    def _compute(
        self, rows: IntArray, rates: FloatArray, qualities: FloatArray, organic_exposure: float
    ) -> None:
        settings = self._settings
        liked, interacted, shown, organic = self._matrices(rows, organic_exposure)
        watch_rates = np.minimum(rates / qualities, settings.max_interaction_rate)
        count = neighbours_kept(self._n_items, settings.neighbours)
        for table, met, chances in (
            (self._liked, liked, rates),
            (self._interacted, interacted, watch_rates),
        ):
            found = neighbours_of(
                rows, met, shown, organic, chances, count, settings.prior_together
            )
            for row, (near, weights) in found.items():
                self._put(table, row, near, weights)

    def _matrices(
        self, rows: IntArray, organic_exposure: float
    ) -> tuple["sparse.csr_array", "sparse.csr_array", "sparse.csr_array", FloatArray]:
        """Return what the users of these items liked and interacted with, and their exposure.

        The exposure is that to items that they were shown, and that to every item: see
        `neighbours_of`.
        """
        fans = {
            index: None
            for row in rows.tolist()
            for index in self._fans.get(row, ())[-FANS_AT_MOST:]
        }
        users = [self._users[index] for index in fans]
        shape, newest = (len(users), self._n_items), slice(-EVENTS_OF_A_USER, None)
        n_rows = [min(len(user.rows), EVENTS_OF_A_USER) for user in users]
        n_shown = [min(len(user.shown), EVENTS_OF_A_USER) for user in users]
        signs = joined([user.signs[newest] for user in users], np.int8)
        interacted_at = joined([user.rows[newest] for user in users], np.int32)
        shown_at = joined([user.shown[newest] for user in users], np.int32)
        starts = _starts(n_rows)
        weights = np.array([user.response_rate for user in users], np.float64)
        weights = np.maximum(weights, self._settings.min_response_rate)
        told = np.array(n_rows, np.float64) / [max(len(user.rows), 1) for user in users]
        organic = organic_exposure * told * [user.organic for user in users]
        likes = like_weights(signs, self._settings.watched_weight)
        return (
            _matrix(likes, interacted_at, starts, shape),
            _matrix((signs != 0).astype(np.float64), interacted_at, starts, shape),
            _matrix(np.repeat(weights - organic, n_shown), shown_at, _starts(n_shown), shape),
            organic,
        )


def _n_told_by(user: UserEvents) -> int:
    return min(len(user.rows), EVENTS_OF_A_USER) + min(len(user.shown), EVENTS_OF_A_USER)


def _remove(fans: "array[int]", index: int) -> None:
    """Remove a user from an item's. Of many, numpy finds them some thirty times faster."""
    if len(fans) <= FANS_SCANNED:
        fans.remove(index)
    else:
        del fans[int((rows_of(fans) == index).argmax())]


def neighbours_kept(n_items: int, wanted: int) -> int:
    """Return how many neighbours each item keeps in a catalogue of `n_items`."""
    room = max(PAIRS_AT_MOST // max(n_items, 1), NEIGHBOURS_AT_LEAST)
    return min(wanted, room)


def _matrix(
    values: FloatArray, columns: IntArray, starts: IntArray, shape: tuple[int, int]
) -> "sparse.csr_array":
    # copy=True: eliminate_zeros moves columns in place, and a second matrix shares them.
    matrix = sparse.csr_array((values, columns, starts), shape, copy=True)
    matrix.eliminate_zeros()
    return matrix


def _starts(lengths: list[int]) -> IntArray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
