"""What genres people like, each person counted once, and how much of one a newcomer may get.

Four fans of westerns make five westerns the best liked items of a small service. That is no reason
to fill the first list of everybody else with westerns: they are four people of thirty.
"""

import numpy as np

from recs.ranking.genres import GenreTable
from recs.types import FloatArray, IntArray

PRIOR_USERS = 20.0
"""Users' worth of belief that people like genres as often as the catalogue has them."""
MORE_THAN_LIKED = 1.5
"""How many times more of a genre than people like may be in a list."""
ALWAYS_ALLOWED = 0.3
"""Share of a list that any genre may have."""


def genre_shares(
    genres: GenreTable, known: IntArray, liked: IntArray, liked_by: IntArray, n_users: int
) -> FloatArray:
    """Return the share of a mean user's likes that have each genre, (n_genres,).

    known: rows of the catalogue. liked, liked_by: (n_likes,), likes and whose each is, from 0 to
    n_users - 1. Shares add up to more than 1: an item has several genres.
    """
    of_catalogue = genres.counts(known) / max(len(known), 1)
    n_likes = np.bincount(liked_by, minlength=n_users)
    owners, columns, _ = genres.of_items.take(liked)
    sums = np.bincount(columns, 1.0 / n_likes[liked_by[owners]], minlength=len(genres))
    n_fans = np.count_nonzero(n_likes)
    return np.asarray((sums + PRIOR_USERS * of_catalogue) / (n_fans + PRIOR_USERS))


def limits(shares: FloatArray, length: int) -> FloatArray:
    """Return how many items of each genre a list of so many may have, (n_genres,)."""
    return np.ceil(length * np.maximum(MORE_THAN_LIKED * shares, ALWAYS_ALLOWED) - 1e-9)
