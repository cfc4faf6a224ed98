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


class PositionEvidence:
    """Whether users keep to parts of the catalogue, by pairs of interactions in the same bin."""

    def __init__(self) -> None:
        self._observed = self._expected = 0.0

    def add(self, observed: FloatArray, expected: FloatArray) -> None:
        """Take in a user: interactions by bin, and those to be expected of them; (bins,) each."""
        count = observed.sum()
        if count < 2 or expected.sum() <= 0:
            return
        shares = expected / expected.sum()
        self._observed += float((observed * (observed - 1)).sum() / 2)
        self._expected += float((shares**2).sum() * count * (count - 1) / 2)

    def matters(self) -> bool:
        """Tell whether more pairs came than chance has it."""
        return bool(self._observed - self._expected > SURE * max(self._expected, 1.0) ** 0.5)
