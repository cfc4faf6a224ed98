"""What a viewer answers to more often, or less, than was to be expected: genres, and stretches.

A stretch is a part of the catalogue in order of arrival. Where that order is by date, say, it tells
who watches the new and who the old; in a catalogue in random order nobody leans anywhere.
"""

import numpy as np

from recs.types import FloatArray, IntArray


def genre_leanings(
    answered: FloatArray, shown: FloatArray, expected: FloatArray, prior: float
) -> FloatArray:
    """Return for each genre the log of what he answered to over what was to be expected.

    answered, shown: (n, n_genres), shares of the genres in the titles that he answered to and in
    those that he was shown. expected: (n_shown,), answers to be expected of him. prior: answers'
    worth of belief that he leans nowhere.
    """
    return np.asarray(np.log((answered.sum(axis=0) + prior) / (expected @ shown + prior)))


def stretch_leanings(
    answered: FloatArray, shown: FloatArray, expected: FloatArray, prior: float, count: int
) -> FloatArray:
    """Return the same for each of `count` stretches, of titles at these places (0 to 1)."""
    came = _spread(answered, np.ones(len(answered)), count)
    due = _spread(shown, expected, count)
    return np.asarray(np.log((came + prior) / (due + prior)))


def at_places(leanings: FloatArray, places: FloatArray) -> FloatArray:
    """Return how far he leans towards titles at these places; stretches flow into each other."""
    return np.interp(_between(places, len(leanings)), np.arange(len(leanings)), leanings)


def places_of(rows: IntArray, n_items: int) -> FloatArray:
    """Return where in the catalogue titles stand: 0 at its beginning, 1 at its end."""
    return np.asarray((rows + 0.5) / n_items)


def _spread(places: FloatArray, weights: FloatArray, count: int) -> FloatArray:
    """Sum weights into stretches, each shared by the two whose middles it lies between."""
    between = _between(places, count)
    left = np.minimum(between.astype(np.int64), count - 2)
    right_share = between - left
    return np.asarray(
        np.bincount(left, weights * (1 - right_share), count)
        + np.bincount(left + 1, weights * right_share, count)
    )


def _between(places: FloatArray, count: int) -> FloatArray:
    """Return places in units of stretches, 0 at the middle of the first."""
    return np.minimum(np.maximum(places * count - 0.5, 0.0), count - 1.0)
