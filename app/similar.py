"""Similar items, as /similar answers with them."""

import numpy as np

from app.context import context
from app.item_view import ItemView, Mask
from recs.ranking.similar_items import similar_items
from recs.types import Json, Row


def similar_to(items: ItemView, row: Row, within: Mask, k: int) -> list[Json]:
    """Return the k allowed items most similar to one: item_id, score, reasons, genres.

    Until statistics know the item, similarity is the share of common genres. Raises OSError.
    """
    sources = items.sources()
    if sources is None or row >= len(sources.statistics) or not sources.statistics.known[row]:
        return _by_genre(items, row, within, k)
    catalogue, statistics = items.catalogue, sources.statistics
    names = catalogue.genres[row]
    column_of = {name: column for column, name in enumerate(statistics.genres.names)}
    columns = np.array([column_of[name] for name in names if name in column_of], np.int64)
    allowed = np.zeros(len(statistics), np.bool_)
    both = min(len(allowed), len(within))
    allowed[:both] = within[:both] & statistics.known[:both]
    found = similar_items(
        row, columns, np.array(catalogue.years, np.int16), allowed, statistics, sources.vectors,
        context().settings.ranking, k,
    )  # fmt: skip
    return [
        _told(items, near, float(score), found.reasons(place), names)
        for place, (near, score) in enumerate(zip(found.rows.tolist(), found.scores, strict=True))
    ]


def _by_genre(items: ItemView, row: Row, within: Mask, k: int) -> list[Json]:
    of_row = items.catalogue.genres[row]
    names, genres = set(of_row), items.catalogue.genres[: len(within)]
    # Items with the same genres share a tuple, so there are few different ones.
    share_of = {
        each: len(names.intersection(each)) / len(names.union(each)) if each else 0.0
        for each in set(genres)
    }
    shares = np.fromiter(map(share_of.__getitem__, genres), np.float64) * within
    shares[row : row + 1] = 0.0
    best = np.argsort(-shares, kind="stable")[:k]
    return [
        _told(items, near, float(shares[near]), ["genres"], of_row)
        for near in best[shares[best] > 0].tolist()
    ]


def _told(
    items: ItemView, row: Row, score: float, reasons: list[str], genres: tuple[str, ...]
) -> Json:
    shared = [name for name in items.catalogue.genres[row] if name in genres]
    return {
        "item_id": items.catalogue.ids[row],
        "score": round(score, 4),
        "reasons": reasons,
        "genres": shared,
    }
