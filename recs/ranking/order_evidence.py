"""Whether the order of a catalogue tells anything: tested, before anything is built on it.

In a catalogue in random order, what stands side by side has nothing in common. Terms that use the
order would only add noise, so they count only where what they foresee has come.
"""

import numpy as np

from recs.types import FloatArray

SURE = 4.0
"""Standard deviations by which chance must be beaten."""


def neighbourhoods_matter(
    interactions: FloatArray, expected: FloatArray, prior: FloatArray
) -> bool:
    """Tell whether neighbourhoods foresee which items get interactions.

    interactions: (n_items,). expected: the same, as if all items were alike; of the same sum.
    prior: log of how much more each one's neighbourhood foresees, itself left out. The test is the
    gain in the log-likelihood of a Poisson model over its standard deviation, if every item had its
    own rate.
    """
    foreseen = expected * np.exp(prior)
    foreseen *= expected.sum() / max(foreseen.sum(), 1e-12)
    gains = interactions * np.log(np.maximum(foreseen, 1e-12) / np.maximum(expected, 1e-12))
    gains -= foreseen - expected
    return bool(gains.sum() > SURE * np.sqrt((gains**2).sum()) and gains.sum() > 0)


def positions_matter(observed: FloatArray, expected: FloatArray) -> bool:
    """Tell whether users keep to parts of the catalogue: more pairs of interactions in one bin.

    observed, expected: (n_users, n_bins), interactions, and those to be expected of each user.
    """
    counts, sums = observed.sum(axis=1), expected.sum(axis=1)
    able = (counts >= 2) & (sums > 0)
    observed, counts = observed[able], counts[able]
    shares = expected[able] / sums[able, None]
    found = (observed * (observed - 1)).sum() / 2
    chance = ((shares**2).sum(axis=1) * counts * (counts - 1)).sum() / 2
    return bool(found - chance > SURE * max(chance, 1.0) ** 0.5)
