"""The score of an item for one user: the log of the chance of a like, as a sum of parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recs.ranking.affinities import at_positions, positions_of
from recs.ranking.genres import GenreTable
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.scratch import Scratch
from recs.ranking.settings import RankingSettings
from recs.ranking.sources import Sources
from recs.ranking.user_profile import UserProfile
from recs.types import FloatArray, IntArray

SIMILAR_TO_MOST = 30
"""How many of a user's newest interactions raise the score of similar items. The same number of
the newest items that the user was shown and ignored lower it."""

USUAL_DISTINCTNESS = 0.5
"""How far (nats, see `distinctness`) the likes of a user with ordinary taste are from everybody's.
A user farther away shows with the first likes what they want: genres then count more than
popularity."""

LIKES_THAT_TELL, ONLY_TASTE = 5, 1.0
"""From so many likes and so distinct a taste on (nats), a user seems to like nothing else; with
half a nat more this is taken for certain."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Candidates, their total scores, and the parts of these; (n,) each."""

    rows: IntArray
    genre: FloatArray
    similar: FloatArray
    personal: FloatArray
    total: FloatArray


def score(
    rows: IntArray,
    rates: FloatArray,
    profile: UserProfile,
    sources: Sources,
    settings: RankingSettings,
    scratch: Scratch,
) -> Scores:
    """Score candidates. The cost does not depend on the size of the catalogue.

    rates: (len(rows),), chance of a like by an average user.
    """
    if profile.is_newcomer:
        nothing = np.zeros(len(rows))
        return Scores(rows, nothing, nothing, nothing, np.log(rates))
    statistics, vectors, ease = sources.statistics, sources.vectors, sources.ease
    foreseen, trust_in_rates = np.zeros(len(rows)), np.ones(len(rows))
    if ease is not None and profile.ease is not None:
        blended = rates + ease.of_rows(profile.ease, rows)
        foreseen = np.log(blended / rates)
        trust_in_rates = rates / blended
    n_items = len(statistics)
    genre = _genre(rows, profile, statistics.genres, settings)
    similar = _similar(rows, profile, statistics, settings, scratch)
    similar = foreseen + trust_in_rates * similar
    personal = np.zeros(len(rows))
    if profile.position_affinity is not None:
        positions = positions_of(rows, n_items)
        personal += settings.position_weight * at_positions(profile.position_affinity, positions)
    if vectors is not None and profile.vector is not None:
        likes = float(profile.like_weights.sum())
        trust = likes / (likes + settings.prior_model_likes)
        personal += trust * settings.model_weight * vectors.cosines(profile.vector, rows)
    total = np.log(rates) + genre + similar + personal
    return Scores(rows, genre, similar, personal, total)


def least(scores: Sequence[Scores]) -> Scores:
    """Return for each candidate the scores of the user who likes it least.

    A group is as happy as its least happy member: "least misery" (Masthoff, "Group recommender
    systems", 2015). scores: one for each user, all of the same candidates.
    """
    if len(scores) == 1:
        return scores[0]
    unhappy = np.stack([each.total for each in scores]).argmin(axis=0)
    places = np.arange(len(unhappy))

    def pick(name: str) -> FloatArray:
        return np.asarray(np.stack([getattr(each, name) for each in scores])[unhappy, places])

    parts = (pick(name) for name in ("genre", "similar", "personal", "total"))
    return Scores(scores[0].rows, *parts)


def _genre(
    rows: IntArray, profile: UserProfile, genres: GenreTable, settings: RankingSettings
) -> FloatArray:
    """Return what genres add to each score, (len(rows),)."""
    cosines, aversions = genres.fit(rows, profile.genre_preferences, profile.genre_aversion)
    beyond = max(profile.distinctness - USUAL_DISTINCTNESS, 0.0)
    weight = settings.genre_weight * (1.0 + settings.distinct_taste_weight * beyond)
    genre = weight * cosines + settings.genre_aversion_weight * aversions
    certainty = min(2.0 * (profile.distinctness - ONLY_TASTE), 1.0)
    n_likes = len(profile.liked)
    if certainty > 0 and n_likes >= LIKES_THAT_TELL and settings.distinct_taste_weight:
        # n likes, and none tells of a genre of the item: its chance is 1 / (n + 1) of what it was.
        genre[cosines <= 0] -= certainty * np.log1p(n_likes)
    return np.asarray(genre)


def _similar(
    rows: IntArray,
    profile: UserProfile,
    statistics: ItemStatistics,
    settings: RankingSettings,
    scratch: Scratch,
) -> FloatArray:
    """Return what similar liked, met and ignored items add to each score, (len(rows),)."""
    newest = slice(-SIMILAR_TO_MOST, None)
    met, silent = profile.rows[newest], profile.silent[newest]
    by_likes = settings.like_similarity_weight * _shares(profile.like_weights[newest])
    by_met = settings.interaction_similarity_weight * _shares(np.ones(len(met)))
    by_silence = -settings.silence_weight * _shares(np.ones(len(silent)))
    near, weights = [], []
    for neighbours, items, counting in (
        (statistics.similarity.liked, profile.liked[newest], by_likes),
        (
            statistics.similarity.interacted,
            np.concatenate([met, silent]),
            np.concatenate([by_met, by_silence]),
        ),
    ):
        counts, found, weight = neighbours.take(items)
        near.append(found)
        weights.append(weight * counting.repeat(counts))
    places = scratch.find(np.concatenate(near), rows, len(statistics))
    # Rows that are not candidates have place 0, which is cut off.
    total = np.bincount(places, np.concatenate(weights), minlength=len(rows) + 1)
    return np.asarray(total[1:])


def _shares(counting: FloatArray) -> FloatArray:
    """Scale weights so that n equal items together count as the square root of n."""
    return np.asarray(counting / max(counting.sum(), 1.0) ** 0.5)
