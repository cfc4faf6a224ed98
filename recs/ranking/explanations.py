"""Why an item is in a slate. The source is stored; the rest is computed on request."""

import numpy as np

from recs.ranking.genres import GenreTable
from recs.ranking.similarity import Neighbours
from recs.types import FloatArray, IntArray

BECAUSE_AT_MOST = 3
LIKED_AT_ONCE = 1_000
"""The neighbours of so many liked items are searched at once: 400,000 take 15 MB."""
HARDLY = 0.05
"""A part of the score below this is not a reason."""


def because_of(rows: IntArray, liked: IntArray, neighbours: Neighbours) -> list[list[int]]:
    """Return for each item the liked items that raise its score as neighbours, strongest first."""
    place_of = {row: place for place, row in enumerate(rows.tolist())}
    found: list[list[tuple[float, int]]] = [[] for _ in rows]
    for start in range(0, len(liked), LIKED_AT_ONCE):
        some = liked[start : start + LIKED_AT_ONCE]
        counts, near, weights = neighbours.take(some)
        wanted = np.zeros(max(near.max(initial=0), rows.max(initial=0)) + 1, np.bool_)
        wanted[rows] = True
        kept = np.flatnonzero(wanted[near] & (weights > 0))
        owners = np.repeat(some, counts)[kept]
        for owner, row, weight in zip(
            owners.tolist(), near[kept].tolist(), weights[kept].tolist(), strict=True
        ):
            found[place_of[row]].append((-weight, owner))
    return [[row for _, row in sorted(each)[:BECAUSE_AT_MOST]] for each in found]


def preferred(rows: IntArray, preferences: FloatArray, genres: GenreTable) -> list[list[str]]:
    """Return for each item the names of its genres that the user likes.

    preferences: (n_genres,), of the user.
    """
    owners, columns, _ = genres.of_items.take(rows)
    names: list[list[str]] = [[] for _ in rows]
    for owner, column in zip(owners.tolist(), columns.tolist(), strict=True):
        if preferences[column] > 0 and column < len(genres.names):
            names[owner].append(genres.names[column])
    return names


def sources_of(
    impressions: IntArray, similar: FloatArray, personal: FloatArray, genre: FloatArray
) -> IntArray:
    """Return the strongest reason for each item, as a number in SOURCES; all (n,).

    An item without impressions is `fresh`.
    """
    parts = np.stack([np.full(len(similar), HARDLY), genre, similar, personal])
    strongest = parts.argmax(axis=0)  # popular, genre, similar, personal: as in SOURCES
    return np.where(impressions == 0, 4, strongest)
