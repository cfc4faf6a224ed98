"""Tests whether the order of a catalogue has any meaning before the ranking uses it.

In a catalogue in random order, neighbours have nothing in common, and terms that use the order only
add noise. So they are used only if their predictions came true.
"""

import numpy as np

from recs.types import FloatArray

SURE = 4.0
"""By how many standard deviations the result must be better than chance."""


def neighbourhoods_matter(
    interactions: FloatArray, expected: FloatArray, prior: FloatArray
) -> bool:
    """Return whether neighbourhoods predict which items get interactions.

    interactions: (n_items,). expected: the same if all items were alike, with the same sum.
    prior: log of how much more each item's neighbours predict for it. The test compares the gain in
    the log-likelihood of a Poisson model with its standard deviation, if every item has its own
    rate.
    """
    foreseen = expected * np.exp(prior)
    foreseen *= expected.sum() / max(foreseen.sum(), 1e-12)
    gains = interactions * np.log(np.maximum(foreseen, 1e-12) / np.maximum(expected, 1e-12))
    gains -= foreseen - expected
    return bool(gains.sum() > SURE * np.sqrt((gains**2).sum()))


def positions_matter(observed: FloatArray, expected: FloatArray) -> bool:
    """Return whether users keep to parts of the catalogue.

    The test: more pairs of a user's interactions are in the same bin than by chance.
    observed, expected: (n_users, n_bins), interactions of each user.
    """
    counts, sums = observed.sum(axis=1), expected.sum(axis=1)
    able = (counts >= 2) & (sums > 0)
    observed, counts = observed[able], counts[able]
    shares = expected[able] / sums[able, None]
    found = (observed * (observed - 1)).sum() / 2
    chance = ((shares**2).sum(axis=1) * counts * (counts - 1)).sum() / 2
    return bool(found - chance > SURE * max(chance, 1.0) ** 0.5)
