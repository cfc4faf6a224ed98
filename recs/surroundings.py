"""What a title's neighbours in the catalogue tell of it, before anybody was shown it.

Catalogues are listed in some order: by date, by studio, by batch of a licence. Titles that stand
side by side were made for the same people at the same time, and are watched about as often. A
title never shown therefore starts at the rate of its surroundings. In a catalogue in random order
all surroundings are alike, and nothing is gained or lost.
"""

import numpy as np
from scipy.signal import fftconvolve

from recs.ranking_settings import RankingSettings
from recs.types import FloatArray

REACH = 3.0
"""In widths: a title farther away tells nothing."""
SPREAD = 0.5
"""How alike rates of titles are (shape of their gamma distribution): not at all alike."""


def watched_around(
    opinions: FloatArray, exposure: FloatArray, settings: RankingSettings
) -> FloatArray:
    """Return the log of how much more often the titles around each one get an interaction.

    opinions, exposure: (n_items,) interactions and weighted showings, in order of arrival. Returns
    (n_items,) of mean nought: what we hope of all titles together must not fall, or we would stop
    trying new ones.
    A kernel-weighted ratio of what came to what was to be expected, shrunk towards one (the
    Nadaraya-Watson estimator with a gamma prior), each title weighted as in a negative binomial
    regression; a title tells nothing about itself.
    """
    rate = (opinions.sum() + 1.0) / (exposure.sum() + 1.0)
    # A hit that everybody was shown may outweigh a whole neighbourhood of titles shown once.
    weights = 1.0 / (1.0 + exposure * rate / SPREAD)
    expected = exposure * (weights @ opinions + 1.0) / (weights @ exposure + 1.0)
    came, due = (
        _others_around(weights * values, settings.surroundings_width)
        for values in (opinions, expected)
    )
    prior = settings.prior_surroundings
    logs = np.log((came + prior) / (due + prior))
    return np.asarray(settings.surroundings_weight * (logs - logs.sum() / max(len(logs), 1)))


def _others_around(values: FloatArray, width: float) -> FloatArray:
    """Sum the others' values under a bell of height one."""
    places = np.arange(np.ceil(-REACH * width), REACH * width + 1)
    bells = fftconvolve(values, np.exp(-0.5 * (places / width) ** 2), mode="same")
    return np.asarray(np.maximum(bells - values, 0.0))
