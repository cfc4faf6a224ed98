"""The score of a title for one viewer: the log of the chance of a like, part by part."""

from dataclasses import dataclass

import numpy as np

from recs.candidates import Sieve
from recs.genres import GenreTable
from recs.history import History
from recs.item_vectors import ItemVectors
from recs.leanings import at_places, places_of
from recs.lifts import Lifts, Neighbours
from recs.popularity import like_rates
from recs.ranking_settings import RankingSettings
from recs.taste import Taste
from recs.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Scored:
    """Candidates, and what their scores are made of; (n,) each."""

    rows: IntArray
    genre: FloatArray
    similar: FloatArray
    personal: FloatArray
    total: FloatArray


def score(
    rows: IntArray,
    taste: Taste,
    history: History,
    genres: GenreTable,
    lifts: Lifts,
    vectors: ItemVectors | None,
    sieve: Sieve,
    settings: RankingSettings,
) -> Scored:
    """Score candidates. Nothing of it costs in proportion to the catalogue."""
    total = np.log(like_rates(history, settings, rows)[0])
    genre, similar, personal = (np.zeros(len(rows)) for _ in range(3))
    if len(taste.rows):
        cosines, leant = genres.fit(rows, taste.genres, taste.genre_leanings)
        genre += settings.genre_weight * cosines + settings.genre_leaning_weight * leant
        similar += settings.like_lift_weight * _lift(rows, taste.liked, lifts.liked, sieve)
        similar += settings.watch_lift_weight * _lift(rows, taste.rows, lifts.watched, sieve)
        places = places_of(rows, len(history))
        personal += settings.stretch_weight * at_places(taste.stretch_leanings, places)
    if vectors is not None and taste.vector is not None:
        trust = len(taste.liked) / (len(taste.liked) + settings.prior_model_likes)
        personal += trust * settings.model_weight * vectors.cosines(taste.vector, rows)
    return Scored(rows, genre, similar, personal, total + genre + similar + personal)


def _lift(rows: IntArray, of: IntArray, neighbours: Neighbours, sieve: Sieve) -> FloatArray:
    """Sum the lifts that these titles get from those, over the root of their number."""
    near, lifts = neighbours.of(of)
    places = sieve.find(near.ravel(), rows)
    found = places >= 0
    total = np.bincount(places[found], lifts.ravel()[found], minlength=len(rows))
    return np.asarray(total / max(len(of), 1) ** 0.5)
