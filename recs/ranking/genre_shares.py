"""Which genres users like, each user counted once, and how many items of a genre newcomers get.

In a small service, four fans can make five westerns the most liked items. The first list of all
other users should not be full of westerns for that: the fans are four users of thirty.
"""

import numpy as np

from recs.ranking.genres import GenreTable
from recs.types import FloatArray, IntArray

PRIOR_USERS = 20.0
"""Strength of the prior that users like genres as often as the catalogue has them, in users."""
MORE_THAN_LIKED = 1.5
"""The share of a genre in a list may be this many times its share of likes."""
ALWAYS_ALLOWED = 0.3
"""Any genre may have this share of a list."""


def genre_shares(
    genres: GenreTable, known: IntArray, liked: IntArray, liked_by: IntArray, n_users: int
) -> FloatArray:
    """Return the share of an average user's likes that have each genre, (n_genres,).

    known: rows of the catalogue. liked, liked_by: (n_likes,), rows of likes and the user of each,
    from 0 to n_users - 1. Shares add up to more than 1: an item has several genres.
    """
    of_catalogue = genres.counts(known) / max(len(known), 1)
    n_likes = np.bincount(liked_by, minlength=n_users)
    owners, columns, _ = genres.of_items.take(liked)
    sums = np.bincount(columns, 1.0 / n_likes[liked_by[owners]], minlength=len(genres))
    n_fans = np.count_nonzero(n_likes)
    return np.asarray((sums + PRIOR_USERS * of_catalogue) / (n_fans + PRIOR_USERS))


def limits(shares: FloatArray, length: int) -> FloatArray:
    """Return how many items of each genre a list of this length may have, (n_genres,)."""
    return np.ceil(length * np.maximum(MORE_THAN_LIKED * shares, ALWAYS_ALLOWED) - 1e-9)
