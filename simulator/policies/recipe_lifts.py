"""What the recipe counts: reactions, impressions, exposure, and items that go together."""

from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from recs.types import FloatArray, IntArray

NEIGHBOURS = 50
LEAST_ACTIVITY, MOST_WATCHED = 0.1, 0.6


@dataclass(slots=True)
class User:
    """signs: by row, in order. shown: rows, each once. expected: likes by an average user.

    counted: their activity, as their impressions are in the exposure.
    """

    signs: dict[int, bool] = field(default_factory=dict)
    shown: list[int] = field(default_factory=list)
    likes: int = 0
    expected: float = 0.0
    counted: float = 0.0

    @property
    def activity(self) -> float:
        """How many times more likes they give than an average user."""
        return (self.likes + 1) / (self.expected + 1)


@dataclass(frozen=True, slots=True)
class Lifts:
    """The strongest neighbours of each item, (n_items, n_items) each, by likes and by reactions."""

    by_likes: sparse.csr_array
    by_reactions: sparse.csr_array

    @classmethod
    def none(cls, n_items: int) -> "Lifts":
        """Return the lifts before anything has happened."""
        empty = sparse.csr_array((n_items, n_items))
        return cls(empty, empty)

    def near(self, row: int) -> IntArray:
        """Return the neighbours of an item."""
        both = [
            lifts.indices[lifts.indptr[row] : lifts.indptr[row + 1]]
            for lifts in (self.by_likes, self.by_reactions)
        ]
        return np.concatenate(both).astype(np.int64)

    def liked(self, rows: list[int]) -> FloatArray:
        """Sum the lifts by likes of these items, (n_items,)."""
        return np.asarray(self.by_likes[rows].sum(axis=0))

    def any(self, rows: list[int]) -> FloatArray:
        """Sum the lifts by reactions of these items, (n_items,)."""
        return np.asarray(self.by_reactions[rows].sum(axis=0))


class Log:
    """Everything that has happened."""

    def __init__(self, n_items: int) -> None:
        self.n_reactions = 0
        self._users: dict[str, User] = {}
        self._touched: set[str] = set()
        self._likes = self._dislikes = self._exposure = self.impressions = np.zeros(n_items)

    def grow(self, n_items: int) -> None:
        """Make room for more items."""
        more = np.zeros(n_items - len(self._likes))
        self._likes, self._dislikes, self._exposure, self.impressions = (
            np.concatenate([each, more])
            for each in (self._likes, self._dislikes, self._exposure, self.impressions)
        )

    def signs(self, user_id: str) -> dict[int, bool]:
        """Return a user's reactions by row."""
        return self._user(user_id).signs

    def shown(self, user_id: str) -> list[int]:
        """Return what a user was shown."""
        return self._user(user_id).shown

    def react(self, user_id: str, row: int, like: bool) -> None:
        """Count a reaction."""
        user = self._user(user_id)
        user.signs[row] = like
        user.likes += like
        self.n_reactions += 1
        self._touched.add(user_id)
        (self._likes if like else self._dislikes)[row] += 1

    def show(self, user_id: str, rows: IntArray, rates: FloatArray) -> None:
        """Count a list. rates: of its items, as they are now."""
        user = self._user(user_id)
        user.expected += float(rates.sum())
        self._exposure[rows] += user.counted
        user.shown.extend(rows.tolist())
        self._count_anew(user)
        self.impressions[rows] += 1

    def rates(self) -> tuple[FloatArray, FloatArray]:
        """Return p, the chance of a like, and q, the share of likes, of each item."""
        likes, dislikes, exposure = self._likes, self._dislikes, self._exposure
        n_likes, n_dislikes = likes.sum(), dislikes.sum()
        hit_rate = (n_likes + 1) / (exposure.sum() + 51)
        share = (n_likes + 5) / (n_likes + n_dislikes + 10)
        watched = (likes + dislikes + 3 * hit_rate / share) / (exposure + 3)
        liked = (likes + 4 * share) / (likes + dislikes + 4)
        return watched * liked, liked

    def recompute_exposure(self) -> None:
        """Weight all impressions by what is known of their users now."""
        for user_id in self._touched:
            self._count_anew(self._users[user_id])
        self._touched.clear()

    def lifts(self) -> Lifts:
        """Compute which items go together."""
        likes, reactions, shown = self._matrices()
        rates, shares = self.rates()
        watched = np.minimum(rates / shares, MOST_WATCHED)
        return Lifts(_lift(likes, shown, rates), _lift(reactions, shown, watched))

    def _count_anew(self, user: User) -> None:
        self._exposure[user.shown] += user.activity - user.counted
        user.counted = user.activity

    def _matrices(self) -> tuple[sparse.csr_array, sparse.csr_array, sparse.csr_array]:
        """Return likes, reactions, and impressions by activity: (n_users, n_items) each."""
        users = list(self._users.values())
        liked = [[row for row, like in user.signs.items() if like] for user in users]
        activity = [max(user.activity, LEAST_ACTIVITY) for user in users]
        return (
            self._matrix(liked),
            self._matrix([list(user.signs) for user in users]),
            self._matrix([user.shown for user in users], activity),
        )

    def _matrix(
        self, rows: list[list[int]], weights: list[float] | None = None
    ) -> sparse.csr_array:
        lengths = np.array([len(each) for each in rows], np.int64)
        columns = np.array([row for each in rows for row in each], np.int64)
        values = np.repeat(weights or np.ones(len(rows)), lengths)
        starts = np.concatenate([[0], np.cumsum(lengths)])
        return sparse.csr_array((values, columns, starts), shape=(len(rows), len(self._likes)))

    def _user(self, user_id: str) -> User:
        return self._users.setdefault(user_id, User())


def _lift(
    positive: sparse.csr_array, shown: sparse.csr_array, rates: FloatArray
) -> sparse.csr_array:
    """Return log((C + 1) / (E + 1)) where it is above 0, the strongest of each row.

    Where nobody likes both it is never above 0, so E is only wanted where C is not 0.
    """
    together = (positive.T @ positive).tocsr()
    together.setdiag(0.0)
    together.eliminate_zeros()
    expected = (positive.T @ shown).multiply(rates[None, :])
    expected = together.sign().multiply(expected).tocsr()
    lift = (together.log1p() - expected.log1p()).tocsr()
    lift.data = np.maximum(lift.data, 0.0)
    for start, end in zip(lift.indptr[:-1].tolist(), lift.indptr[1:].tolist(), strict=True):
        if end - start > NEIGHBOURS:
            weights = lift.data[start:end]
            weights[np.argpartition(-weights, NEIGHBOURS)[NEIGHBOURS:]] = 0.0
    lift.eliminate_zeros()
    return lift
