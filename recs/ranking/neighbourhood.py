"""What the items around an item in the catalogue tell of it, before anybody was shown it.

Catalogues are listed in some order: by date, by studio, by batch of a licence. Items that stand
side by side were made for the same people at the same time, and are watched about as often. An item
never shown therefore starts at the rate of its neighbourhood. In a catalogue in random order all
neighbourhoods are alike, and nothing is gained or lost.
"""

import numpy as np

from recs.ranking.settings import RankingSettings
from recs.types import FloatArray

REACH = 3.0
"""In widths: an item farther away tells nothing."""
SPREAD = 0.5
"""How alike rates of items are (shape of their gamma distribution): not at all alike."""


def neighbourhood_prior(
    interactions: FloatArray, exposure: FloatArray, settings: RankingSettings
) -> FloatArray:
    """Return the log of how much more often the items around each one get an interaction.

    interactions, exposure: (n_items,), by row. Returns (n_items,) of mean 0: what we hope of all
    items together must not fall, or we would stop trying new ones.
    A kernel-weighted ratio of what came to what was to be expected, shrunk towards one (the
    Nadaraya-Watson estimator with a gamma prior), each item weighted as in a negative binomial
    regression; an item tells nothing about itself.
    """
    rate = (interactions.sum() + 1.0) / (exposure.sum() + 1.0)
    # A hit that everybody was shown may outweigh a whole neighbourhood of items shown once.
    weights = 1.0 / (1.0 + exposure * rate / SPREAD)
    expected = exposure * (weights @ interactions + 1.0) / (weights @ exposure + 1.0)
    came, due = (
        _others_around(weights * values, settings.neighbourhood_width)
        for values in (interactions, expected)
    )
    prior = settings.prior_neighbourhood
    logs = np.log((came + prior) / (due + prior))
    return np.asarray(settings.neighbourhood_weight * (logs - logs.sum() / max(len(logs), 1)))


def _others_around(values: FloatArray, width: float) -> FloatArray:
    """Sum the others' values under a bell of height one."""
    if not len(values):
        return values
    reach = int(REACH * width)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    # With numpy, not fftconvolve: half the time at 10^5 items, and importing scipy.signal costs the
    # statistics worker half a second and 54 MB.
    sums = np.convolve(values, bell)[reach : reach + len(values)]
    return np.maximum(sums - values, 0.0)
