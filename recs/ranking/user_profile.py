"""The profile of one user: their tastes, computed for scoring."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recs.interactions import DISLIKED, LIKED
from recs.ranking.affinities import (
    DISLIKES_THAT_TELL,
    affinity,
    genre_aversion,
    in_position_bins,
    positions_of,
)
from recs.ranking.genres import GenreTable
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.ratings import like_weights, taste_weights
from recs.ranking.scratch import Scratch
from recs.ranking.settings import RankingSettings
from recs.ranking.sources import Sources
from recs.ranking.user_state import UserState
from recs.types import FloatArray, IntArray

SHARE_BOUNDS = 0.01, 0.99
"""A genre's share of everybody's likes counts as at least and at most this: others are chance."""
PRIOR_GENRES = 2.0
"""Strength of the prior that a user likes genres as everybody does, in genres of their likes."""


@dataclass(frozen=True, slots=True)
class UserProfile:
    """The profile of one user.

    rows, signs: their interactions, oldest first. liked: rows of the items that they liked or
    watched. like_weights: (len(liked),), how much of a like each is. silent: rows of the items that
    they were shown and did not interact with, oldest first.
    genre_preferences: how much they like each genre. genre_aversion: 0, or below 0 for genres that
    they dislike more than by chance. position_affinity: log of their observed over expected
    interactions with each part of the catalogue; None where users do not differ in this.
    distinctness: how far their likes are from everybody's, in nats. vector: their unit vector among
    the items' vectors.
    """

    rows: IntArray
    signs: IntArray
    liked: IntArray
    like_weights: FloatArray
    silent: IntArray
    genre_preferences: FloatArray
    genre_aversion: FloatArray
    position_affinity: FloatArray | None
    distinctness: float
    vector: FloatArray | None
    ease: NDArray[np.float32] | None

    @property
    def is_newcomer(self) -> bool:
        """Whether they have no interactions yet."""
        return not len(self.rows)


def profile_of(
    user: UserState, sources: Sources, settings: RankingSettings, scratch: Scratch
) -> UserProfile:
    """Compute the profile of a user from their interactions and impressions.

    Rows that are newer than these statistics are left out.
    """
    statistics, vectors, ease = sources.statistics, sources.vectors, sources.ease
    n_items, genres = len(statistics), statistics.genres
    inside = user.rows < n_items
    rows, signs = user.rows[inside], user.signs[inside]
    weights = like_weights(signs, settings.watched_weight)
    tastes = taste_weights(signs, settings.dislike_weight, settings.watched_weight)
    likes = signs > 0
    liked, shown = rows[likes], user.shown[user.shown < n_items]
    return UserProfile(
        rows,
        signs,
        liked,
        weights[likes],
        shown[~scratch.are_among(shown, rows, n_items)],
        genres.preferences(rows, tastes) * genres.rarity,
        _genre_aversion(rows, signs, genres),
        _position_affinity(rows, weights, shown, statistics, settings, scratch)
        if statistics.positions_matter
        else None,
        distinctness(liked, genres, statistics.genre_shares),
        vectors.fold_in(rows, tastes) if vectors is not None and len(rows) else None,
        ease.chances(liked, weights[likes]) if ease is not None and len(liked) else None,
    )


def _genre_aversion(rows: IntArray, signs: IntArray, genres: GenreTable) -> FloatArray:
    disliked = rows[signs == DISLIKED]
    if len(disliked) < DISLIKES_THAT_TELL:
        return np.zeros(len(genres))
    return genre_aversion(genres.counts(rows[signs == LIKED]), genres.counts(disliked))


def _position_affinity(
    rows: IntArray,
    weights: FloatArray,
    shown: IntArray,
    statistics: ItemStatistics,
    settings: RankingSettings,
    scratch: Scratch,
) -> FloatArray:
    """Return the log of a user's observed over expected interactions by part of the catalogue."""
    n_items, bins = len(statistics), settings.position_bins
    was_shown = scratch.are_among(rows, shown, n_items)
    rates, qualities = statistics.rates[shown], statistics.qualities[shown]
    hits = float(weights[was_shown].sum())
    response_rate = response_rate_of(hits, float(rates.sum()))
    organic = statistics.counts.organic_share * int(np.count_nonzero(~was_shown))
    return affinity(
        in_position_bins(positions_of(rows, n_items), np.ones(len(rows)), bins),
        in_position_bins(positions_of(shown, n_items), response_rate * rates / qualities, bins)
        + organic * statistics.interactions_by_position,
        settings.prior_position_interactions,
    )


def distinctness(liked: IntArray, genres: GenreTable, shares: FloatArray) -> float:
    """Return how far a user's likes are from everybody's; nats.

    shares: (n_genres,), share of everybody's likes that have each genre. For a genre that the user
    likes more often than others, the distance is the Kullback-Leibler divergence of the user's
    share from the usual one. The distance of the genre that differs most counts, or that of all
    their genres together, if it is larger: a user may have several tastes. It is multiplied by
    n / (n + 1) for n likes. Examples: three likes, all of a genre that one like of twelve has: 1.9;
    four likes of each of two such genres: 1.3; ten likes of a MovieLens user: 0.23 (median).
    """
    n_likes, counts = len(liked), genres.counts(liked)
    if not counts.any():
        return 0.0
    usual = np.clip(shares, *SHARE_BOUNDS)
    theirs = np.clip(counts / n_likes, usual, 1.0)
    others = np.maximum(1.0 - theirs, 1e-9)
    divergence = theirs * np.log(theirs / usual) + others * np.log(others / (1.0 - usual))
    farthest = max(float(divergence.max()), _distance_of_all(counts, shares))
    return farthest * n_likes / (n_likes + 1)


def _distance_of_all(counts: FloatArray, shares: FloatArray) -> float:
    """Return how much better a user's other likes predict a genre of theirs than everybody's do.

    The mean log ratio of both predictions; leaving out the like in question keeps chance from
    looking like taste (Stone, "Cross-validatory choice", 1974). counts: (n_genres,), of their likes
    with each genre.
    """
    has = counts > 0
    theirs, n = counts[has], counts.sum()
    usual = np.clip(shares[has] / max(shares.sum(), 1e-9), *SHARE_BOUNDS)
    predicted = (theirs - 1.0 + PRIOR_GENRES * usual) / (n - 1.0 + PRIOR_GENRES)
    return float((theirs * np.log(predicted / usual)).sum() / n)


def response_rate_of(hits: float, expected: float) -> float:
    """Return how many times more likes a user gives than an average user.

    hits: likes of items that they were shown. expected: how many of these items an average user
    would like.
    """
    return (hits + 1.0) / (expected + 1.0)
