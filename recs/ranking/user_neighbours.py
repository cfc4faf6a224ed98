"""Users with tastes similar to one user's, from the snapshot of the window."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recs.interactions import DISLIKED, LIKED
from recs.ranking.user_state import UserState
from recs.types import FloatArray, IntArray

SHRINKAGE = 2.0
"""Items in common at which a similarity counts half: one item in common may be chance."""


@dataclass(frozen=True, slots=True)
class UserNeighbours:
    """Nearest first. users: (n,), places in the snapshot. in_common: number of common items."""

    users: IntArray
    similarities: FloatArray
    in_common: IntArray


def user_neighbours(
    user: UserState,
    fact_users: NDArray[np.int32],
    fact_rows: NDArray[np.int32],
    fact_signs: NDArray[np.int8],
    k: int,
    without: int | None = None,
) -> UserNeighbours:
    """Return the k users whose likes and dislikes agree most with those of one user.

    The similarity is the cosine of signed ratings, times n/(n + SHRINKAGE) for n items in common.
    Users who agree more often than they disagree are neighbours. fact_users, fact_rows, fact_signs:
    (n_facts,), as in a Dataset. without: the place of the user themselves. The time grows with the
    window: 20 ms for a million facts.
    """
    opinion = _opinions(user, int(fact_rows.max(initial=-1)) + 1)
    theirs = np.where(fact_signs == LIKED, 1, np.where(fact_signs == DISLIKED, -1, 0))
    n_users = int(fact_users.max(initial=-1)) + 1
    products = theirs * opinion[fact_rows]
    agreement = np.bincount(fact_users, products, minlength=n_users)
    in_common = np.bincount(fact_users, products != 0, minlength=n_users).astype(np.int64)
    sizes = np.bincount(fact_users, theirs != 0, minlength=n_users)
    cosines = agreement / np.sqrt(np.maximum(sizes * np.count_nonzero(opinion), 1))
    similarities = cosines * in_common / (in_common + SHRINKAGE)
    if without is not None and without < n_users:
        similarities[without] = 0.0
    best = np.argsort(-similarities, kind="stable")[:k]
    best = best[similarities[best] > 0]
    return UserNeighbours(best, similarities[best], in_common[best])


def _opinions(user: UserState, n_items: int) -> NDArray[np.int8]:
    """Return +1 for each item that the user likes, -1 for each that they dislike, (n_items,)."""
    opinion = np.zeros(n_items, np.int8)
    inside = user.rows < n_items
    rows, signs = user.rows[inside], user.signs[inside]
    opinion[rows[signs == LIKED]] = 1
    opinion[rows[signs == DISLIKED]] = -1
    return opinion
