"""The neighbourhood prior: estimates an item never shown from the items near it in the catalogue.

Catalogues have some order: by date, by studio, by batch of a licence. Items next to each other were
made for the same people at the same time, and are watched about equally often. So an item that was
never shown starts at the rate of its neighbourhood. In a random order all neighbourhoods are alike,
and the prior changes nothing.
"""

import numpy as np

from recs.ranking.settings import RankingSettings
from recs.types import FloatArray

REACH = 3.0
"""Items farther away than this, in widths, do not count."""
SPREAD = 0.5
"""Shape of the gamma distribution of items' rates: this low value means very different rates."""


def neighbourhood_prior(
    interactions: FloatArray, exposure: FloatArray, settings: RankingSettings
) -> FloatArray:
    """Return the log of how many times more interactions than usual each item's neighbours get.

    interactions, exposure: (n_items,), by row. Returns (n_items,) with mean 0: a lower mean would
    make us try fewer new items.
    The prior is a kernel-weighted ratio of observed to expected interactions, shrunk towards one
    (the Nadaraya-Watson estimator with a gamma prior). Items are weighted as in a negative binomial
    regression. An item does not count for itself.
    """
    rate = (interactions.sum() + 1.0) / (exposure.sum() + 1.0)
    # Without weights, a hit shown to everybody would outweigh many neighbours shown once.
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
    """Sum the values of the other items, weighted by a Gaussian of height one."""
    if not len(values):
        return values
    reach = int(REACH * width)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    # np.convolve takes half the time of fftconvolve at 10^5 items, and importing scipy.signal
    # would cost the statistics worker half a second and 54 MB.
    sums = np.convolve(values, bell)[reach : reach + len(values)]
    return np.maximum(sums - values, 0.0)
