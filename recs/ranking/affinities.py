"""How much more or less than expected a user interacts with genres and parts of the catalogue.

A position bin is a part of the catalogue in order of arrival. If that order follows the date, for
example, bins show who watches new items and who old ones. In a random order they show nothing.
"""

import numpy as np

from recs.types import FloatArray, IntArray

DISLIKES_THAT_TELL = 5
"""With fewer dislikes, the user may dislike these items and not their genre."""


def affinity(observed: FloatArray, expected: FloatArray, prior: float) -> FloatArray:
    """Return the log of observed over expected for each part.

    observed, expected: (n_parts,), likes or interactions. prior: added to both, so that few events
    give values near 0.
    """
    return np.asarray(np.log((observed + prior) / (expected + prior)))


def genre_aversion(liked: FloatArray, disliked: FloatArray) -> FloatArray:
    """Return the log of how much less a user likes items of a genre, (n_genres,); 0 at most.

    liked, disliked: (n_genres,), items of each genre. After n dislikes and no like, the chance of a
    like is 1 / (n + 1) of what it was; a beta prior worth one item gives the same. A genre with a
    like, or with few dislikes, has 0: a user who dislikes half of the dramas they watch still
    watches dramas, and likes the next one more often than other users do.
    """
    sure = (liked == 0) & (disliked >= DISLIKES_THAT_TELL)
    return np.where(sure, -np.log1p(disliked), 0.0)


def in_position_bins(positions: FloatArray, weights: FloatArray, bins: int) -> FloatArray:
    """Sum the weights of items at these positions (0 to 1) into bins, (bins,).

    Each weight is divided between the two bins with the nearest centres.
    """
    return np.asarray(in_bins_by_user(positions, 0, weights, (1, bins))[0])


def in_bins_by_user(
    positions: FloatArray, users: IntArray | int, weights: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Do the same for many users at once, (n_users, bins), which is `shape`.

    users: (n,), the user of each position.
    """
    n_users, bins = shape
    between = _in_bins(positions, bins)
    left = np.minimum(between.astype(np.int64), bins - 2)
    right_share, places, size = between - left, users * bins + left, n_users * bins
    sums = np.bincount(places, weights * (1 - right_share), size)
    sums = sums + np.bincount(places + 1, weights * right_share, size)
    return np.asarray(sums.reshape(shape), np.float64)


def at_positions(affinities: FloatArray, positions: FloatArray) -> FloatArray:
    """Return a user's affinity at these positions, interpolated between bins."""
    bins = len(affinities)
    return np.interp(_in_bins(positions, bins), np.arange(bins), affinities)


def positions_of(rows: IntArray, n_items: int) -> FloatArray:
    """Return the positions of items in the catalogue: 0 at its beginning, 1 at its end."""
    return np.asarray((rows + 0.5) / n_items)


def _in_bins(positions: FloatArray, bins: int) -> FloatArray:
    """Return positions in units of bins; 0 is the centre of the first bin."""
    return np.minimum(np.maximum(positions * bins - 0.5, 0.0), bins - 1.0)
