"""Measures how well vectors predict likes that no fit has seen."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recs.training.dataset import Dataset
from recs.training.embeddings import Array, unit_vectors
from recs.training.report import Quality
from recs.training.settings import TrainingSettings
from recs.types import FloatArray, IntArray

TOP = 10
SCORES_AT_ONCE = 2_000_000
"""They take 8 MB; more at once is no faster."""
DISLIKE_WEIGHT = 0.5
"""Weight of a dislike (a like counts 1) when validation users are folded in."""

Mask = NDArray[np.bool_]


def hold_back(
    dataset: Dataset, new: Mask, settings: TrainingSettings, rng: np.random.Generator
) -> Mask:
    """Choose the newest of each user's new likes, but leave each user at least one like.

    new: (n_facts,), likes that no version has learned: only these can measure an earlier version
    too. Returns (n_facts,). The cost grows with the new likes, except for one count of all likes.
    """
    fresh = np.flatnonzero(new)
    by_user = fresh[np.argsort(dataset.fact_users[fresh], kind="stable")]
    users, starts, n_new = np.unique(
        dataset.fact_users[by_user], return_index=True, return_counts=True
    )
    n_likes = np.bincount(dataset.fact_users[dataset.fact_signs > 0], minlength=len(dataset.users))
    count = np.minimum(np.ceil(settings.validation_share * n_new), n_likes[users] - 1)
    most = min(settings.validation_users, settings.validation_scores // max(dataset.n_items, 1))
    chosen = rng.permutation(np.flatnonzero(count > 0))[: max(most, 1)]
    is_chosen = np.zeros(len(users), np.bool_)
    is_chosen[chosen] = True
    # For each new like: how many new likes of the same user are newer.
    newer = np.repeat(starts + n_new, n_new) - 1 - np.arange(len(by_user))
    held = np.zeros(len(new), np.bool_)
    held[by_user[np.repeat(is_chosen, n_new) & (newer < np.repeat(count, n_new))]] = True
    return held


def evaluate(vectors: Array, dataset: Dataset, held: Mask) -> Quality | None:
    """Rank all items for each validation user, by cosine to the user's folded-in vector.

    vectors: (n_items, components), of any length; the cosine of a zero vector is 0.
    held: (n_facts,), the held-back likes. Returns None if there are none.
    """
    if not held.any():
        return None
    unit, n_items = unit_vectors(vectors), len(vectors)
    users = np.unique(dataset.fact_users[held])
    facts = np.flatnonzero(np.isin(dataset.fact_users, users))
    facts = facts[np.argsort(dataset.fact_users[facts], kind="stable")]
    by, items = np.searchsorted(users, dataset.fact_users[facts]), dataset.fact_rows[facts]
    is_held = held[facts]
    weights = np.where(dataset.fact_signs[facts] > 0, 1, -DISLIKE_WEIGHT).astype(np.float32)
    known = weights[~is_held], (by[~is_held], items[~is_held])
    # Users' unit vectors: towards the items they like, away from those they dislike.
    tastes = unit_vectors(sparse.csr_matrix(known, shape=(len(users), n_items)) @ unit)
    at_once = max(SCORES_AT_ONCE // n_items, 1)
    parts = []
    for first in range(0, len(users), at_once):
        some = slice(*np.searchsorted(by, [first, first + at_once]))
        scores = tastes[first : first + at_once] @ unit.T
        parts.append(_ranks_of_held(scores, by[some] - first, items[some], is_held[some]))
    ranks, by_rank = np.concatenate(parts), by[is_held]
    n_others = np.maximum(n_items - np.bincount(by), 1)
    auc = float(np.mean(1 - ranks / n_others[by_rank]))
    precisions, ndcgs = _of_lists(ranks, by_rank)
    return Quality(auc, float(precisions.mean()), float(ndcgs.mean()), len(users), len(ranks))


def _ranks_of_held(
    scores: Array, rows: IntArray, items: NDArray[np.int32], is_held: Mask
) -> FloatArray:
    """Return how many other items rank above each held-back like; ties count 0.5.

    scores: (n_users, n_items). rows, items, is_held: of each interaction; none of them counts as
    another item.
    """
    held = rows[is_held]
    wanted = scores[held, items[is_held]]
    scores[rows, items] = -np.inf
    above = [np.count_nonzero(scores[row] > score) for row, score in zip(held, wanted, strict=True)]
    not_below = [
        np.count_nonzero(scores[row] >= score) for row, score in zip(held, wanted, strict=True)
    ]
    return np.add(above, not_below) / 2


def _of_lists(ranks: FloatArray, by: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return precision and NDCG of each user's first ten items, (n_users,).

    by: the user of each rank, ascending, without gaps. A held-back like has gain 1. The ideal list
    has all of them on top.
    """
    counts = np.bincount(by)
    first = np.cumsum(counts) - counts
    # Ranks do not count a user's other held-back likes: add those that rank before each one.
    places = ranks[np.lexsort((ranks, by))] + np.arange(len(by)) - first[by]
    is_found = places < TOP
    gains = np.where(is_found, 1 / np.log2(places + 2), 0.0)
    ideal = np.cumsum(1 / np.log2(np.arange(TOP) + 2))[np.minimum(counts, TOP) - 1]
    found = np.bincount(by, is_found)
    return found / TOP, np.bincount(by, gains) / ideal
