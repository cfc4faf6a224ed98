"""Fits EASE, and measures on held-back likes how far its predictions can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recs.ranking.ease import Ease
from recs.types import FloatArray, IntArray

HELD_BACK_SHARE = 0.5
"""The newest likes are held back from this share of the users with two or more likes."""
HELD_BACK_EACH = 5
"""The most likes held back from one user; never more than half of theirs."""
VALIDATION_USERS_MOST, VALIDATION_USERS_LEAST = 1_000, 30
"""Users whose likes are held back. With fewer than the second number, EASE is not trusted."""
TRUSTS = (0.0, 0.3, 1.0, 3.0, 10.0, 30.0)
"""Weights to try for a chance predicted by EASE, against a chance given by the rates."""
OLDS = (1.0, 0.3)
"""Weights to try for a very old like, against the newest one."""
SURE = 3.0
SURE_OF_AGE = 1.0
"""Standard errors by which the ranking of held-back likes must improve: for a trust above 0, and
for a lower weight of old likes."""


@dataclass(frozen=True, slots=True)
class Likes:
    """The items that users like or watched.

    users, rows: (n_likes,), oldest first, each pair once. organic: whether the user found the item
    themselves (it was not shown to them). weights: how much of a like each is.
    """

    users: IntArray
    rows: IntArray
    organic: NDArray[np.bool_]
    weights: FloatArray

    def only(self, chosen: NDArray[np.bool_]) -> "Likes":
        """Return the chosen likes. chosen: (n_likes,)."""
        return Likes(
            self.users[chosen], self.rows[chosen], self.organic[chosen], self.weights[chosen]
        )


@dataclass(frozen=True, slots=True)
class Rates:
    """(n_items,) each: chance of a like by an average user, and the same with one like fewer."""

    rates: FloatArray
    without_one: FloatArray


def fit_trusted_ease(
    likes: Likes, rates: Rates, most_items: int, regularization: float, rng: np.random.Generator
) -> Ease:
    """Fit EASE to all likes. Before that, find on held-back likes how far to trust it."""
    n_items = len(rates.rates)
    held = hold_back(likes, rng)
    trust, old = 0.0, 1.0
    if len(np.unique(likes.users[held])) >= VALIDATION_USERS_LEAST:
        seen = likes.only(~held)
        trial = Ease.of(*fit_ease(seen, n_items, most_items, regularization), n_items)
        trust, old = trust_of(trial, seen, likes.only(held), rates)
    if not trust:
        nothing = np.zeros(0, np.int64)
        return Ease.of(nothing, np.zeros((0, 0), np.float32), n_items, 0.0)
    return Ease.of(*fit_ease(likes, n_items, most_items, regularization), n_items, trust, old)


def hold_back(likes: Likes, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Choose the newest organic likes of some of the users who have other likes too.

    Likes of items that we have shown depend on what we showed. Only organic ones are a fair test.
    """
    order, starts = _by_user(likes)
    counts = np.diff(starts)
    age = np.empty(len(likes.users), np.int64)  # 0: the newest of its user
    age[order] = np.repeat(starts[1:], counts) - 1 - np.arange(len(order))
    most = np.minimum(counts // 2, HELD_BACK_EACH)[likes.users]
    can = (age < most) & likes.organic & (likes.weights == 1)
    able = np.unique(likes.users[can])
    n_chosen = min(int(HELD_BACK_SHARE * len(able)) + 1, VALIDATION_USERS_MOST)
    chosen = np.zeros(len(counts), np.bool_)
    chosen[rng.permutation(able)[:n_chosen]] = True
    return np.asarray(can & chosen[likes.users])


def trust_of(ease: Ease, seen: Likes, held: Likes, rates: Rates) -> tuple[float, float]:
    """Return the weight of EASE's predictions against the rates, and the weight of old likes.

    Each held-back like is ranked among all items that its user does not like yet. The trust is the
    one of TRUSTS with the highest discounted gain (mean by user, then over users). It is 0 unless
    this beats the rates alone by SURE standard errors, over users. Old likes count less than new
    ones only if that improves the gain further, by SURE_OF_AGE standard errors.
    """
    order, starts = _by_user(seen)  # each user of `held` has some, too
    eases = [replace(ease, old=old) for old in OLDS]
    gains = np.array(
        [
            _gains(eases, row, seen, order[starts[user] : starts[user + 1]], rates)
            for user, row in zip(held.users.tolist(), held.rows.tolist(), strict=True)
        ]
    ).reshape(-1, len(OLDS), len(TRUSTS))
    gains = _mean_by(held.users, gains)
    best = gains.mean(axis=0).argmax(axis=1)
    alike = gains[:, 0, best[0]]
    if not _is_better(alike, gains[:, 0, 0], SURE):
        return 0.0, 1.0
    for place in range(1, len(OLDS)):
        if _is_better(gains[:, place, best[place]], alike, SURE_OF_AGE):
            return TRUSTS[best[place]], OLDS[place]
    return TRUSTS[best[0]], 1.0


def _mean_by(users: IntArray, values: FloatArray) -> FloatArray:
    """Return the mean of each user's values, (n_users, ...)."""
    _, owners, counts = np.unique(users, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), *values.shape[1:]))
    np.add.at(sums, owners, values)
    return np.asarray(sums / counts.reshape(-1, *[1] * (values.ndim - 1)))


def _is_better(gains: FloatArray, others: FloatArray, errors: float) -> bool:
    """Return whether gains are higher by more than `errors` standard errors of the difference."""
    better = gains - others
    return bool(better.mean() > errors * better.std() / np.sqrt(len(better)))


def _gains(
    eases: Sequence[Ease], row: int, seen: Likes, theirs: IntArray, rates: Rates
) -> FloatArray:
    """Return 1 / log2(1 + rank) of a held-back like for all settings; (OLDS, TRUSTS).

    eases: one for each of OLDS. theirs: places in `seen` of the likes of its user, oldest first.
    """
    chances, liked = np.zeros(len(rates.rates)), seen.rows[theirs]
    others = np.ones(len(chances), np.bool_)
    others[liked] = others[row] = False
    of_it, of_others = rates.without_one[row], rates.rates[others]
    ranks: list[float] = []
    for ease in eases:
        chances[ease.rows] = ease.chances(liked, seen.weights[theirs])
        gain_of_it, gain_of_others = chances[row], chances[others]
        ranks += [_rank(of_it + trust * gain_of_it, of_others + trust * gain_of_others)
                  for trust in TRUSTS]  # fmt: skip
    return np.asarray(1.0 / np.log2(1.0 + np.array(ranks)).reshape(len(OLDS), len(TRUSTS)))


def _rank(score: float, others: FloatArray) -> float:
    """Return the rank among others, from 1; each equal score counts as half a place."""
    return float(1 + np.count_nonzero(others > score) + np.count_nonzero(others == score) / 2)


def _by_user(likes: Likes) -> tuple[IntArray, IntArray]:
    """Return the places of likes sorted by user, and where each user's places begin."""
    order = np.argsort(likes.users, kind="stable")
    n_users = int(likes.users.max(initial=-1)) + 1
    return order, np.searchsorted(likes.users[order], np.arange(n_users + 1))


def fit_ease(
    likes: Likes, n_items: int, most_items: int, regularization: float
) -> tuple[IntArray, NDArray[np.float32]]:
    """Fit EASE; return the rows of its items, and their weights (k, k).

    most_items: only that many items with the most likes are fitted; the cost grows with the cube
    of this number. Items with a single like are left out.
    """
    users, rows = likes.users, likes.rows
    counts = np.bincount(rows, minlength=n_items)
    chosen = np.argsort(-counts, kind="stable")[:most_items]
    chosen = np.sort(chosen[counts[chosen] > 1])
    place = np.full(n_items, -1, np.int64)
    place[chosen] = np.arange(len(chosen))
    inside = place[rows] >= 0
    matrix = sparse.csr_array(
        (likes.weights[inside].astype(np.float32), (users[inside], place[rows[inside]])),
        shape=(int(users.max(initial=-1)) + 1, len(chosen)),
    )
    gram = (matrix.T @ matrix).toarray().astype(np.float32)
    gram[np.diag_indices_from(gram)] += regularization
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0.0)
    return chosen, weights.astype(np.float32)
