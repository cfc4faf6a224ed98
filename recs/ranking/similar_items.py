"""Items similar to one item: by the users of both, by LightFM, by genres and years.

A new item has only genres and a year. An item with many interactions has all of these.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.settings import RankingSettings
from recs.ranking.similarity import Neighbours
from recs.types import FloatArray, IntArray, Row

REASONS = ("liked_together", "watched_together", "model", "genres", "year")
HARDLY = 0.02
"""A part of the score below this is not a reason."""
NEAREST = 200
"""How many candidates the model and the genres each give."""
LIKED_WEIGHT, WATCHED_WEIGHT = 0.4, 0.3
MODEL_WEIGHT, GENRE_WEIGHT, YEAR_WEIGHT = 0.4, 0.5, 0.2
"""The most that each reason adds. The weights of the ranking are for users, not for items."""
YEARS = 10.0
"""At this distance in years, the part of the score for years falls to 1/e."""
POPULARITY_WEIGHT = 0.02
"""Puts the more popular of two equally similar items first. It is not a reason."""


@dataclass(frozen=True, slots=True)
class SimilarItems:
    """Most similar first. rows, scores: (n,). parts: (n, 5), what each of REASONS adds."""

    rows: IntArray
    scores: FloatArray
    parts: FloatArray

    def reasons(self, place: int) -> list[str]:
        """Return why an item is similar, strongest reason first."""
        parts = self.parts[place]
        return [REASONS[i] for i in np.argsort(-parts, kind="stable").tolist() if parts[i] > HARDLY]


def similar_items(
    row: Row,
    columns: IntArray,
    years: NDArray[np.int16],
    allowed: NDArray[np.bool_],
    statistics: ItemStatistics,
    vectors: ItemVectors | None,
    settings: RankingSettings,
    k: int,
) -> SimilarItems:
    """Return the k allowed items that are most similar to one item.

    row: of the item. columns: its genres. years: (n,), of all items, 0 if unknown. allowed:
    (n_items,), of the statistics.
    """
    jaccard = _jaccard(columns, statistics)
    near = _years(row, years, len(statistics))
    of_genres = GENRE_WEIGHT * jaccard + YEAR_WEIGHT * near * (jaccard > 0)
    of_genres[~allowed] = -1.0
    liked = _neighbours(row, statistics.similarity.liked, len(statistics))
    watched = _neighbours(row, statistics.similarity.interacted, len(statistics))
    cosines = _cosines(row, vectors, statistics, settings)
    together = np.flatnonzero(liked + watched)
    rows = np.unique(np.concatenate([together, _best(of_genres), _best(cosines * allowed)]))
    rows = rows[allowed[rows] & (rows != row)]
    parts = np.stack(
        [
            LIKED_WEIGHT * liked[rows],
            WATCHED_WEIGHT * watched[rows],
            MODEL_WEIGHT * cosines[rows],
            GENRE_WEIGHT * jaccard[rows],
            YEAR_WEIGHT * near[rows] * (jaccard[rows] > 0),
        ],
        axis=1,
    )
    scores = parts.sum(axis=1)
    popularity = POPULARITY_WEIGHT * np.log(statistics.rates[rows])
    order = np.argsort(-(scores + popularity), kind="stable")
    order = order[scores[order] > HARDLY][:k]
    return SimilarItems(rows[order], scores[order], parts[order])


def _jaccard(columns: IntArray, statistics: ItemStatistics) -> FloatArray:
    """Return the Jaccard similarity of every item's genres with these, (n_items,)."""
    of_items, n_items = statistics.genres.of_items, len(statistics)
    wanted = np.zeros(len(statistics.genres), np.bool_)
    wanted[columns] = True
    counts = np.zeros(n_items, np.int64)
    lengths = np.diff(of_items.starts)[:n_items]
    counts[: len(lengths)] = lengths
    hits = np.concatenate([[0], np.cumsum(wanted[of_items.values])])[of_items.starts]
    common = np.zeros(n_items)
    common[: len(lengths)] = np.diff(hits)[:n_items]
    return np.asarray(common / np.maximum(counts + len(columns) - common, 1))


def _years(row: Row, years: NDArray[np.int16], n_items: int) -> FloatArray:
    """Return how near in time every item is: 1 for the same year, 0 if a year is unknown."""
    near = np.zeros(n_items)
    if years[row]:
        known = years[:n_items].astype(np.float64)
        near[: len(known)] = np.where(known > 0, np.exp(-np.abs(known - years[row]) / YEARS), 0.0)
    return near


def _neighbours(row: Row, neighbours: Neighbours, n_items: int) -> FloatArray:
    """Return how near every item is to this one, (n_items,); 0 for all but its neighbours."""
    _, near, weights = neighbours.take(np.array([row]))
    found = np.zeros(n_items)
    found[near] = np.maximum(weights, 0.0)
    return found


def _cosines(
    row: Row, vectors: ItemVectors | None, statistics: ItemStatistics, settings: RankingSettings
) -> FloatArray:
    """Return the cosine of every item by the model, trusted more if more users like this item."""
    cosines = np.zeros(len(statistics))
    if vectors is None or row >= len(vectors.vectors):
        return cosines
    likes = float(statistics.counts.likes[row])
    trust = likes / (likes + settings.prior_model_likes)
    found = vectors.vectors[: len(cosines)] @ vectors.vectors[row]
    cosines[: len(found)] = trust * np.maximum(found, 0.0)
    return cosines


def _best(values: FloatArray) -> IntArray:
    """Return the places of the NEAREST highest values above 0, in no order."""
    if len(values) <= NEAREST:
        return np.flatnonzero(values > 0)
    best = np.argpartition(-values, NEAREST - 1)[:NEAREST]
    return best[values[best] > 0]
