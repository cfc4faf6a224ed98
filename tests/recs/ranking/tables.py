"""Item statistics and users small enough to compute with by hand."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from recs.ranking.candidate_lists import CandidateLists
from recs.ranking.genres import GenreTable
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.popularity import Counts
from recs.ranking.ragged import NO_ROWS, Ragged
from recs.ranking.similarity import Neighbours, Similarity
from recs.ranking.user_state import UserState
from recs.types import IntArray

Weights = Mapping[int, Mapping[int, float]]
"""Row -> neighbour -> weight."""

Totals = Mapping[str, float]
"""What `Counts` holds of all items together, by name."""


def rows(*values: int) -> IntArray:
    return np.array(values, np.int64)


def genre_table(*of_items: Sequence[str]) -> GenreTable:
    """Return the genres of items, by row; columns in order of first sight."""
    columns: dict[str, int] = {}
    lists = [[columns.setdefault(name, len(columns)) for name in names] for names in of_items]
    return GenreTable(Ragged.of(lists), tuple(columns))


def neighbours(n_items: int, weights: Weights) -> Neighbours:
    return Neighbours.of(
        {
            row: (np.array([*near], np.int64), np.array([*near.values()], np.float64))
            for row, near in weights.items()
        },
        n_items,
    )


def counts(n_items: int = 0, totals: Totals | None = None, **columns: Sequence[float]) -> Counts:
    """Return counts that are 0 where nothing is said, and of which every like was of an impression.

    totals: what is not the sum of the columns.
    """
    n_items = max([n_items, *map(len, columns.values())])
    arrays: dict[str, Any] = {
        name: np.array(columns.get(name, [0] * n_items), np.float64) for name in Counts.PER_ITEM
    }
    arrays["impressions"] = arrays["impressions"].astype(np.int64)
    likes, dislikes, exposure = (
        float(arrays[name].sum()) for name in ("likes", "dislikes", "exposure")
    )
    sums = {
        "total_likes": likes,
        "total_dislikes": dislikes,
        "total_hits": likes,
        "total_exposure": exposure,
        "organic_exposure": 0.0,
        "organic_share": 0.0,
    }
    return Counts(**arrays, **{**sums, **(totals or {})})


def candidate_lists(
    popular: Sequence[int] = (),
    by_genre: Sequence[Sequence[int]] = (),
    fresh: Sequence[int] = (),
    new: Sequence[int] = (),
) -> CandidateLists:
    return CandidateLists(rows(*popular), Ragged.of(by_genre), rows(*fresh), rows(*new))


def item_statistics(
    rates: Sequence[float],
    *,
    genres: GenreTable | None = None,
    qualities: Sequence[float] | None = None,
    unknown: Sequence[int] = (),
    items: Counts | None = None,
    of: CandidateLists | None = None,
    liked: Weights | None = None,
    interacted: Weights | None = None,
) -> ItemStatistics:
    """Return statistics of items. Unless said otherwise each is known and was shown twice, likes
    are all interactions, nothing is similar, the known ones stand in `popular` by rate, users keep
    to parts of the catalogue, and nobody found anything by themselves.
    """
    n_items = len(rates)
    known = np.ones(n_items, np.bool_)
    known[list(unknown)] = False
    by_rate = [row for row in np.argsort(-np.array(rates), kind="stable").tolist() if known[row]]
    return ItemStatistics(
        items or counts(impressions=[2] * n_items),
        np.array(rates, np.float64),
        np.array(qualities or [1.0] * n_items, np.float64),
        known,
        genres or genre_table(*([()] * n_items)),
        of or candidate_lists(by_rate),
        Similarity(neighbours(n_items, liked or {}), neighbours(n_items, interacted or {})),
        genre_shares=np.ones(len(genres.names) if genres else 0),
        interactions_by_position=np.zeros(1),
        positions_matter=True,
    )


def user(
    likes: Sequence[int] = (), dislikes: Sequence[int] = (), shown: Sequence[int] = (), **more: Any
) -> UserState:
    """Return a user; their likes are older than their dislikes."""
    signs = rows(*[1] * len(likes), *[-1] * len(dislikes))
    return UserState(
        rows(*likes, *dislikes), signs, rows(*shown) if len(shown) else NO_ROWS, **more
    )
