"""What is known of a viewer's taste when his list is made."""

from dataclasses import dataclass

import numpy as np

from recs.genres import GenreTable
from recs.history import History, Viewer
from recs.item_vectors import ItemVectors
from recs.leanings import genre_leanings, places_of, stretch_leanings
from recs.popularity import like_rates
from recs.ranking_settings import RankingSettings
from recs.types import FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Taste:
    """One viewer's.

    rows: what he reacted to, oldest first; tastes: +1 or -1; liked: the rows of his likes.
    genres: how much he likes each. genre_leanings, stretch_leanings: how much more he answers to
    each than was to be expected, in logs. vector: his place among the titles' vectors.
    """

    rows: IntArray
    tastes: IntArray
    liked: IntArray
    genres: FloatArray
    genre_leanings: FloatArray
    stretch_leanings: FloatArray
    vector: FloatArray | None


def taste_of(
    viewer: Viewer,
    history: History,
    genres: GenreTable,
    vectors: ItemVectors | None,
    settings: RankingSettings,
) -> Taste:
    """Sum up what a viewer has said, and what he was shown and said nothing of."""
    rows, tastes = history.opinions_of(viewer)
    liked = rows[tastes > 0]
    shown = np.fromiter(viewer.shown, np.int64, len(viewer.shown))
    rates, qualities = like_rates(history, settings, shown)
    likes_due, answers_due = viewer.activity * rates, viewer.activity * rates / qualities
    vector = None
    if vectors is not None and len(rows):
        vectors.grow_to(len(history))
        vector = vectors.fold_in(rows, tastes, settings.dislike_weight)
    return Taste(
        rows,
        tastes,
        liked,
        genres.taste(rows, tastes, settings.dislike_weight),
        genre_leanings(
            genres.shares(liked), genres.shares(shown), likes_due, settings.prior_genre_answers
        ),
        stretch_leanings(
            places_of(rows, len(history)),
            places_of(shown, len(history)),
            answers_due,
            settings.prior_stretch_answers,
            settings.stretches,
        ),
        vector,
    )
