"""?explain=1: why each item is in a list. Computed on demand, not kept."""

import numpy as np

from app.context import context
from app.item_view import ItemView
from recs.ranking.explanations import because_of, preferred
from recs.ranking.ratings import taste_weights
from recs.ranking.slates import SOURCES, Entries
from recs.ranking.user_state import UserState
from recs.types import IntArray, Json, Row

Reason = tuple[list[Row], list[str]]
"""Liked items that speak for an item, and its genres that the user likes."""


def explained(items: ItemView, entries: Entries, user: UserState) -> list[Json]:
    """Return for each entry its item_id, source, score, `because` (item ids), genres and likes.

    entries: of known items.
    """
    rows = entries["row"].astype(np.int64)
    reasons = _reasons(items, entries, user)
    return [
        {
            "item_id": item,
            "source": SOURCES[entry["source"]],
            "score": round(float(entry["score"]), 4),
            "because": items.ids(row for row in because if items.is_known(row)),
            "genres": genres,
            "likes": count,
        }
        for item, entry, (because, genres), count in zip(
            items.ids(rows.tolist()), entries, reasons, _likes(rows, items), strict=True
        )
    ]


def _likes(rows: IntArray, items: ItemView) -> list[int]:
    """Return how many users like each item; 0 for items newer than the statistics."""
    counts = np.zeros(len(rows), np.int64)
    if items.statistics is not None:
        known = rows < len(items.statistics)
        counts[known] = items.statistics.counts.likes[rows[known]].round()
    likes: list[int] = counts.tolist()
    return likes


def _reasons(items: ItemView, entries: Entries, user: UserState) -> list[Reason]:
    statistics, settings = items.statistics, context().settings.ranking
    if statistics is None:
        return [([], [])] * len(entries)
    genres, rows = statistics.genres, entries["row"].astype(np.int64)
    tastes = taste_weights(user.signs, settings.dislike_weight, settings.watched_weight)
    preferences = genres.preferences(user.rows, tastes)
    because = because_of(rows, user.liked, statistics.similarity.liked)
    return list(zip(because, preferred(rows, preferences, genres), strict=True))
