"""Item–item similarity kept up to date: in each refresh the rows that are most out of date."""

from array import array
from collections.abc import Iterable

import numpy as np
from scipy import sparse

from recs.arrays import GrowingArray
from recs.ranking.ragged import Ragged
from recs.ranking.ratings import like_weights
from recs.ranking.settings import RankingSettings
from recs.ranking.similarity import (
    NO_SIMILARITY,
    Exposed,
    Neighbours,
    Similarity,
    neighbours_of,
)
from recs.ranking.user_events import UserEvents, joined
from recs.types import FloatArray, IntArray, Row

EVENTS_A_REFRESH = 1_000_000
"""Work of one refresh: events of the users of an item, summed over the items. About 0.2 s."""
PACKED_AT_ONCE = 1_000_000
"""Neighbours of all items together that are packed in each refresh, in 0.02 s. If there are more,
they are packed in a refresh of its own, and only after as much work as packing takes, or after
REFRESHES_UNPACKED."""
REFRESHES_UNPACKED = 5
PAIRS_AT_MOST, NEIGHBOURS_AT_LEAST = 4_000_000, 100
"""Neighbours of all items together, in each of two tables; and of an item, however many there are.
They take 32 MB a table."""
FANS_AT_MOST = 500
"""Users, the newest, from which an item's neighbours are computed: more cost time only."""
GROWN_ENOUGH = 0.05
"""An item whose users are so much more than at its last turn comes before the others."""


class SimilarityIndex:
    """Neighbours of all items, and who interacted with what.

    What a refresh costs is bounded. Items whose own users changed come first, then those that these
    users interacted with besides, which wait for their turn.
    """

    def __init__(self, settings: RankingSettings) -> None:
        self._settings = settings
        self._n_items = 0
        self._users: dict[int, UserEvents] = {}
        self._fans: dict[Row, array[int]] = {}
        """Item -> indices of the users who interacted with it, the newest last."""
        self._fans_before: dict[Row, int] = {}
        self._urgent: dict[Row, None] = {}
        self._waiting: dict[Row, None] = {}
        self._liked = NeighbourTable(settings.neighbours)
        self._interacted = NeighbourTable(settings.neighbours)
        self._published = NO_SIMILARITY
        self._work_unpacked = self._refreshes_unpacked = 0

    def grow_to(self, n_items: int) -> None:
        """Make room for items that have no neighbours yet."""
        self._n_items = n_items
        for table in (self._liked, self._interacted):
            table.narrow_to(neighbours_kept(n_items, self._settings.neighbours))
            table.grow_to(n_items)

    def interacted(self, user: UserEvents, row: Row, before: int, now: int) -> None:
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

    def touch(self, users: Iterable[UserEvents]) -> None:
        """Take in that these users did something: what is near their items may have changed."""
        for user in users:
            self._waiting.update(dict.fromkeys(user.rows))

    def restore(self, user: UserEvents) -> None:
        """Take in all interactions of a user at once."""
        self._users[user.index] = user
        for row, sign in zip(user.rows, user.signs, strict=True):
            if sign:
                self._fans.setdefault(row, array("i")).append(user.index)
                self._waiting[row] = None

    def seed(self, similarity: Similarity) -> None:
        """Begin with these neighbours, until it is each item's turn."""
        self._published = similarity
        self._liked.put_all(similarity.liked)
        self._interacted.put_all(similarity.interacted)

    def release(self, user: UserEvents) -> None:
        """Forget a user, all of whose interactions were undone before."""
        self._users.pop(user.index, None)

    def refresh(
        self, rates: FloatArray, qualities: FloatArray, organic_exposure: float = 0.0
    ) -> Similarity:
        """Compute the neighbours of the items whose turn it is, and return those of all.

        Where there are many, it returns those before, and packs new ones in one of the next
        refreshes: what is published costs in proportion to what changed.
        organic_exposure: what an interaction with an item that the user was not shown tells of
        their exposure to all items; see popularity.organic_exposure.
        """
        size = len(self._liked) + len(self._interacted)
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
        self._published = Similarity(
            self._liked.pack(self._n_items), self._interacted.pack(self._n_items)
        )
        return self._published

    @property
    def n_waiting(self) -> int:
        """Return how many items wait for their turn; 1 if they only wait to be packed."""
        return len(self._urgent) + len(self._waiting) or int(self._refreshes_unpacked > 0)

    def _next_rows(self) -> list[Row]:
        """Take rows off the queues until their work fills a refresh."""
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
                work += sum(len(self._users[index]) for index in fans[-FANS_AT_MOST:])
                chosen.append(row)
        self._work_unpacked += work
        return chosen

    def _compute(
        self, rows: IntArray, rates: FloatArray, qualities: FloatArray, organic_exposure: float
    ) -> None:
        settings = self._settings
        liked, interacted, exposed = self._matrices(rows, organic_exposure)
        watch_rates = np.minimum(rates / qualities, settings.max_interaction_rate)
        count = neighbours_kept(self._n_items, settings.neighbours)
        for kept, met, chances in (
            (self._liked, liked, rates),
            (self._interacted, interacted, watch_rates),
        ):
            found = neighbours_of(rows, met, exposed, chances, count, settings.prior_together)
            for row, (near, weights) in found.items():
                kept.put(row, near, weights)

    def _matrices(
        self, rows: IntArray, organic_exposure: float
    ) -> tuple["sparse.csr_array", "sparse.csr_array", Exposed]:
        """Return who liked, interacted with, and was exposed to what, of these items' users."""
        fans = {
            index: None
            for row in rows.tolist()
            for index in self._fans.get(row, ())[-FANS_AT_MOST:]
        }
        users = [self._users[index] for index in fans]
        shape = (len(users), self._n_items)
        signs = joined([user.signs for user in users], np.int8)
        interacted_at = joined([user.rows for user in users], np.int32)
        starts = _starts([len(user.rows) for user in users])
        weights = np.array([user.response_rate for user in users], np.float64)
        weights = np.maximum(weights, self._settings.min_response_rate)
        organic = organic_exposure * np.array([user.organic for user in users], np.float64)
        n_shown = [len(user.shown) for user in users]
        shown_at = joined([user.shown for user in users], np.int32)
        likes = like_weights(signs, self._settings.watched_weight)
        return (
            _matrix(likes, interacted_at, starts, shape),
            _matrix((signs != 0).astype(np.float64), interacted_at, starts, shape),
            Exposed(
                _matrix(np.repeat(weights - organic, n_shown), shown_at, _starts(n_shown), shape),
                organic,
            ),
        )


def neighbours_kept(n_items: int, wanted: int) -> int:
    """Return how many neighbours of each item are kept in a catalogue of so many."""
    room = max(PAIRS_AT_MOST // max(n_items, 1), NEIGHBOURS_AT_LEAST)
    return min(wanted, room)


class NeighbourTable:
    """Neighbours by row, in arrays of fixed width, out of which all are packed at once."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows = GrowingArray(np.int32, width)
        self._weights = GrowingArray(np.float32, width)
        self._counts = GrowingArray(np.int64)
        self._size = 0

    def __len__(self) -> int:
        """Return how many neighbours all items have together."""
        return self._size

    def narrow_to(self, width: int) -> None:
        """Keep so many of each item at most: those that go together best."""
        if width >= self._width:
            return
        n_items = len(self._counts)
        for name, dtype in (("_rows", np.int32), ("_weights", np.float32)):
            narrower = GrowingArray(dtype, width)
            narrower.grow_to(n_items)
            narrower.view[:] = getattr(self, name).view[:, :width]
            setattr(self, name, narrower)
        np.minimum(self._counts.view, width, out=self._counts.view)
        self._width, self._size = width, int(self._counts.view.sum())

    def grow_to(self, n_items: int) -> None:
        """Make room for items that have none yet."""
        for column in (self._rows, self._weights, self._counts):
            column.grow_to(n_items)

    def put(self, row: Row, near: IntArray, weights: FloatArray) -> None:
        """Replace those of an item."""
        count = len(near)
        self._size += count - int(self._counts.view[row])
        self._rows.view[row, :count] = near
        self._weights.view[row, :count] = weights
        self._counts.view[row] = count

    def put_all(self, neighbours: Neighbours) -> None:
        """Fill an empty table."""
        lists = neighbours.lists
        self.grow_to(len(lists))
        for row in np.flatnonzero(np.diff(lists.starts)).tolist():
            place = slice(
                lists.starts[row], min(lists.starts[row + 1], lists.starts[row] + self._width)
            )
            self.put(row, lists.values[place], neighbours.weights[place])

    def pack(self, n_items: int) -> Neighbours:
        """Return all of them."""
        counts = self._counts.view[:n_items]
        is_filled = np.arange(self._width) < counts[:, None]
        starts = np.zeros(n_items + 1, np.int64)
        np.cumsum(counts, out=starts[1:])
        rows, weights = self._rows.view[:n_items], self._weights.view[:n_items]
        return Neighbours(Ragged(starts, rows[is_filled]), weights[is_filled])


def _matrix(
    values: FloatArray, columns: IntArray, starts: IntArray, shape: tuple[int, int]
) -> "sparse.csr_array":
    # A copy: eliminate_zeros moves columns in place, and another matrix is made of them, too.
    matrix = sparse.csr_array((values, columns, starts), shape, copy=True)
    matrix.eliminate_zeros()
    return matrix


def _starts(lengths: list[int]) -> IntArray:
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])
