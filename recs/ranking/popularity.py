"""The chance that an average user likes an item: likes per impression, with an optimistic prior."""

from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np

from recs.ranking.settings import RankingSettings
from recs.types import FloatArray, IntArray, Json

PRIOR_USERS, PRIOR_INTERACTIONS = 5, 100.0


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of events, by item and in total.

    (n_items,) each: likes, dislikes: users who like or dislike each item now. impressions: users
    who were shown it. exposure: the same, each user weighted by their response rate. neighbourhood:
    see neighbourhood.py.
    total_hits: likes of items by users who were shown them. total_exposure: sum of exposure.
    organic_exposure: users who found items themselves, for example in an imported history, each
    weighted by how many; every item was exposed to all of them.
    """

    likes: FloatArray
    dislikes: FloatArray
    impressions: IntArray
    exposure: FloatArray
    neighbourhood: FloatArray
    total_likes: float
    total_dislikes: float
    total_hits: float
    total_exposure: float
    organic_exposure: float
    organic_share: float = 0.0
    """How much one interaction with an item not shown adds to a user's organic exposure."""

    PER_ITEM: ClassVar = ("likes", "dislikes", "impressions", "exposure", "neighbourhood")

    def totals(self) -> Json:
        """Return the totals: all fields that are not by item."""
        names = [each.name for each in fields(self) if each.name not in self.PER_ITEM]
        return {name: getattr(self, name) for name in names}


def overall_rates(counts: Counts) -> tuple[float, float]:
    """Return likes per impression, and the share of likes among interactions, of all items."""
    likes, dislikes = counts.total_likes, counts.total_dislikes
    rate = (counts.total_hits + 1) / (counts.total_exposure + 51)
    return rate, (likes + 5) / (likes + dislikes + 10)


def organic_exposure(n_users: int, n_interactions: int) -> tuple[float, float]:
    """Return the exposure of each item to users who found items themselves.

    n_users: the number of these users. n_interactions: theirs with items that they were not shown.
    Also returns how much one such interaction adds. A user counts as their interactions divided by
    the mean. The mean is shrunk towards 100 items, so that a few users who know one item each do
    not count as if they knew the whole catalogue.
    """
    mean = (n_interactions + PRIOR_USERS * PRIOR_INTERACTIONS) / (n_users + PRIOR_USERS)
    return n_interactions / mean, 1.0 / mean


def like_rates(
    counts: Counts,
    settings: RankingSettings,
    rows: IntArray | slice = slice(None),
    more_exposure: FloatArray | float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Return the chance of a like per impression, and the share of likes among interactions.

    Each (len(rows),), for an average user. Likes and dislikes both mean that users watched an item:
    the rate is the chance of any interaction times the share of likes. An item never shown starts
    at the current rate of its neighbourhood, so that it is tried.
    more_exposure: impressions that are not counted yet.
    """
    likes, dislikes = counts.likes[rows], counts.dislikes[rows]
    rate, quality = overall_rates(counts)
    interactions = likes + dislikes
    prior = settings.prior_exposure
    start = settings.optimism * rate / quality * np.exp(counts.neighbourhood[rows])
    exposure = counts.exposure[rows] + more_exposure
    if counts.organic_exposure:
        # All users who interacted with an item were exposed to it.
        exposure = np.maximum(exposure + counts.organic_exposure, interactions)
    # An impression counts less than one if its user seldom responds, but their like is a whole one.
    watched = np.minimum((interactions + prior * start) / (exposure + prior), 1.0)
    liked = (likes + settings.prior_opinions * quality) / (interactions + settings.prior_opinions)
    return np.asarray(watched * liked), np.asarray(liked)


def rate_of_new_item(counts: Counts, settings: RankingSettings) -> float:
    """Return the chance of a like of an item without any data."""
    nothing = np.zeros(1)
    new = Counts(
        nothing, nothing, nothing.astype(np.int64), nothing, nothing, **counts.totals()
    )  # fmt: skip
    return float(like_rates(new, settings)[0][0])
