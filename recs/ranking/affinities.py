"""What a user interacts with more often, or less, than was to be expected: genres, positions.

A position bin is a part of the catalogue in order of arrival. Where that order is by date, say, it
tells who watches the new and who the old; in a catalogue in random order it tells nothing.
"""

import numpy as np

from recs.types import FloatArray, IntArray

SURE_BELOW = 1.645
"""Standard deviations: 95 % of a normal distribution lie below."""
FAR_BELOW = 0.7


def affinity(observed: FloatArray, expected: FloatArray, prior: float) -> FloatArray:
    """Return the log of what a user did over what was to be expected of them, part by part.

    observed, expected: (n_parts,), likes or interactions. prior: as many of both, worth of belief
    that they prefer no part.
    """
    return np.asarray(np.log((observed + prior) / (expected + prior)))


def genre_aversion(liked: FloatArray, interacted: FloatArray, overall: float) -> FloatArray:
    """Return how far a user surely likes fewer items of a genre than everybody, (n_genres,).

    liked, interacted: (n_genres,), items of each genre. overall: everybody's share of likes. It is
    the log of the highest share that the user may have, over FAR_BELOW of everybody's; 0 where that
    is no less, for in a long history all genres differ a little, and that says nothing here.
    The highest share is the upper end of Wilson's interval (1927), at 95 % on that side: five
    dislikes tell much, and 55 likes of a hundred interactions tell little.
    """
    n, z = interacted, SURE_BELOW
    share = liked / np.maximum(n, 1)
    spread = z * np.sqrt(share * (1 - share) / np.maximum(n, 1) + (z / np.maximum(2 * n, 1)) ** 2)
    highest = (share + z**2 / np.maximum(2 * n, 1) + spread) / (1 + z**2 / np.maximum(n, 1))
    return np.where(
        n > 0, np.minimum(np.log(np.maximum(highest, 1e-9) / (FAR_BELOW * overall)), 0.0), 0.0
    )


def in_position_bins(positions: FloatArray, weights: FloatArray, bins: int) -> FloatArray:
    """Sum weights of items at these positions (0 to 1) into bins, (bins,).

    Each is shared by the two bins whose middles it lies between.
    """
    between = _in_bins(positions, bins)
    left = np.minimum(between.astype(np.int64), bins - 2)
    right_share = between - left
    return np.asarray(
        np.bincount(left, weights * (1 - right_share), bins)
        + np.bincount(left + 1, weights * right_share, bins)
    )


def at_positions(affinities: FloatArray, positions: FloatArray) -> FloatArray:
    """Return a user's affinity at these positions; neighbouring bins flow into each other."""
    bins = len(affinities)
    return np.interp(_in_bins(positions, bins), np.arange(bins), affinities)


def positions_of(rows: IntArray, n_items: int) -> FloatArray:
    """Return where in the catalogue items stand: 0 at its beginning, 1 at its end."""
    return np.asarray((rows + 0.5) / n_items)


def _in_bins(positions: FloatArray, bins: int) -> FloatArray:
    """Return positions in units of bins, 0 at the middle of the first."""
    return np.minimum(np.maximum(positions * bins - 0.5, 0.0), bins - 1.0)
