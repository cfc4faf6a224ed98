"""How likely an average user likes an item: evidence per impression, else optimism."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recs.ranking.settings import RankingSettings
from recs.types import FloatArray, IntArray, Json


@dataclass(frozen=True, slots=True)
class Counts:
    """What happened to items, and to all of them together.

    likes, dislikes: users who like or dislike each item now. impressions: users whom it was shown
    to. exposure: the same, each user weighted by their response rate. neighbourhood: log of how
    much more often than others the items around each one in the catalogue are interacted with.
    (n_items,) each. total_hits: likes of items that were shown. total_exposure: sum of exposure.
    """

    likes: FloatArray
    dislikes: FloatArray
    impressions: IntArray
    exposure: FloatArray
    neighbourhood: FloatArray
    total_likes: float
    total_dislikes: float
    total_exposure: float

    PER_ITEM: ClassVar = ("likes", "dislikes", "impressions", "exposure", "neighbourhood")

    def totals(self) -> Json:
        """Return what is not by item."""
        return {
            "total_likes": self.total_likes,
            "total_dislikes": self.total_dislikes,
            "total_exposure": self.total_exposure,
        }


def overall_rates(counts: Counts) -> tuple[float, float]:
    """Return likes per impression, and the share of likes among interactions, over everything."""
    likes, dislikes = counts.total_likes, counts.total_dislikes
    return (likes + 1) / (counts.total_exposure + 51), (likes + 5) / (likes + dislikes + 10)


def like_rates(
    counts: Counts,
    settings: RankingSettings,
    rows: IntArray | slice = slice(None),
    more_exposure: FloatArray | float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Return the chance of a like per impression, and the share of likes among interactions.

    Each (len(rows),), for an average user. An interaction of either kind says that people have
    watched an item; so does the rate count both, and only then asks how many of them liked it. An
    item never shown starts at the present rate of its neighbourhood, which makes us try it.
    more_exposure: impressions that are not counted yet.
    """
    likes, dislikes = counts.likes[rows], counts.dislikes[rows]
    rate, quality = overall_rates(counts)
    interactions = likes + dislikes
    prior = settings.prior_exposure
    start = settings.optimism * rate / quality * np.exp(counts.neighbourhood[rows])
    watched = (interactions + prior * start) / (counts.exposure[rows] + more_exposure + prior)
    liked = (likes + settings.prior_opinions * quality) / (interactions + settings.prior_opinions)
    return np.asarray(watched * liked), np.asarray(liked)
