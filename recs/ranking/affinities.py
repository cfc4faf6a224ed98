"""What a user interacts with more often, or less, than was to be expected: genres, positions.

A position bin is a part of the catalogue in order of arrival. Where that order is by date, say, it
tells who watches the new and who the old; in a catalogue in random order it tells nothing.
"""

import numpy as np

from recs.ranking.genres import GenreTable
from recs.types import FloatArray, IntArray


def genre_affinity(
    genres: GenreTable, liked: IntArray, shown: IntArray, expected: FloatArray, prior: float
) -> FloatArray:
    """Return for each genre the log of observed likes over expected ones, (n_genres,).

    liked, shown: rows. expected: (len(shown),), likes to be expected of this user. prior: likes'
    worth of belief that they prefer no genre.
    """
    return np.asarray(np.log((genres.sums(liked) + prior) / (genres.sums(shown, expected) + prior)))


def position_affinity(
    positions: FloatArray, shown: FloatArray, expected: FloatArray, prior: float, bins: int
) -> FloatArray:
    """Return the same for each position bin, by interactions. Positions go from 0 to 1."""
    came = _spread(positions, np.ones(len(positions)), bins)
    due = _spread(shown, expected, bins)
    return np.asarray(np.log((came + prior) / (due + prior)))


def at_positions(affinities: FloatArray, positions: FloatArray) -> FloatArray:
    """Return a user's affinity at these positions; neighbouring bins flow into each other."""
    bins = len(affinities)
    return np.interp(_in_bins(positions, bins), np.arange(bins), affinities)


def positions_of(rows: IntArray, n_items: int) -> FloatArray:
    """Return where in the catalogue items stand: 0 at its beginning, 1 at its end."""
    return np.asarray((rows + 0.5) / n_items)


def _spread(positions: FloatArray, weights: FloatArray, bins: int) -> FloatArray:
    """Sum weights into bins, each shared by the two whose middles it lies between."""
    between = _in_bins(positions, bins)
    left = np.minimum(between.astype(np.int64), bins - 2)
    right_share = between - left
    return np.asarray(
        np.bincount(left, weights * (1 - right_share), bins)
        + np.bincount(left + 1, weights * right_share, bins)
    )


def _in_bins(positions: FloatArray, bins: int) -> FloatArray:
    """Return positions in units of bins, 0 at the middle of the first."""
    return np.minimum(np.maximum(positions * bins - 0.5, 0.0), bins - 1.0)
