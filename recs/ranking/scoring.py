"""The score of an item for one user: the log of the chance of a like, part by part."""

from dataclasses import dataclass

import numpy as np

from recs.ranking.affinities import at_positions, positions_of
from recs.ranking.ease import Ease
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.scratch import Scratch
from recs.ranking.settings import RankingSettings
from recs.ranking.similarity import Neighbours
from recs.ranking.user_profile import UserProfile
from recs.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Scores:
    """Candidates, and what their scores are made of; (n,) each."""

    rows: IntArray
    genre: FloatArray
    similar: FloatArray
    personal: FloatArray
    total: FloatArray


def score(
    rows: IntArray,
    rates: FloatArray,
    profile: UserProfile,
    statistics: ItemStatistics,
    vectors: ItemVectors | None,
    ease: Ease | None,
    settings: RankingSettings,
    scratch: Scratch,
) -> Scores:
    """Score candidates. Nothing of it costs in proportion to the catalogue.

    rates: (len(rows),), chance of a like by an average user.
    """
    if profile.is_newcomer:
        nothing = np.zeros(len(rows))
        return Scores(rows, nothing, nothing, nothing, np.log(rates))
    foreseen, trust_in_rates = np.zeros(len(rows)), np.ones(len(rows))
    if ease is not None and profile.ease is not None:
        blended = rates + ease.of_rows(profile.ease, rows)
        foreseen = np.log(blended / rates)
        trust_in_rates = rates / blended
    n_items = len(statistics)
    cosines, affinities, aversions = statistics.genres.fit(
        rows,
        profile.genre_preferences,
        profile.genre_affinity,
        profile.genre_aversion,
    )
    genre = settings.genre_weight * cosines + settings.genre_affinity_weight * affinities
    genre += settings.genre_aversion_weight * aversions
    similarity = statistics.similarity
    similar = settings.like_similarity_weight * _similarity(
        rows, profile.liked, similarity.liked, n_items, scratch
    ) + settings.interaction_similarity_weight * _similarity(
        rows, profile.rows, similarity.interacted, n_items, scratch
    )
    similar = foreseen + trust_in_rates * similar
    personal = np.zeros(len(rows))
    if statistics.positions_matter:
        positions = positions_of(rows, n_items)
        personal += settings.position_weight * at_positions(profile.position_affinity, positions)
    if vectors is not None and profile.vector is not None:
        trust = len(profile.liked) / (len(profile.liked) + settings.prior_model_likes)
        personal += trust * settings.model_weight * vectors.cosines(profile.vector, rows)
    total = np.log(rates) + genre + similar + personal
    return Scores(rows, genre, similar, personal, total)


def _similarity(
    rows: IntArray, of: IntArray, neighbours: Neighbours, n_items: int, scratch: Scratch
) -> FloatArray:
    """Sum the weights that these items get from those, over the root of their number."""
    _, near, weights = neighbours.take(of)
    places = scratch.find(near, rows, n_items)
    found = places >= 0
    total = np.bincount(places[found], weights[found], minlength=len(rows))
    return np.asarray(total / max(len(of), 1) ** 0.5)
