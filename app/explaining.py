"""Why each item of an answer is there: `?explain=1`. Computed for those who ask, not kept."""

from typing import Protocol

import numpy as np

from recs.ranking.explanations import explain
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.slates import SOURCES, Entries
from recs.ranking.user_state import UserState
from recs.types import Json

DISLIKE_WEIGHT = 0.5
"""As in ranking: only the sign of what comes out matters here."""


class Items(Protocol):
    """What is known of items; see shared_view."""

    statistics: ItemStatistics | None

    def ids(self, rows: list[int]) -> list[str]:
        """Return the items' ids."""
        ...


def explained(entries: Entries, user: UserState, items: Items) -> list[Json]:
    """Return for each entry its item_id, source, score, `because` (item ids) and genres."""
    statistics = items.statistics
    rows = entries["row"].astype(np.int64)
    reasons = []
    if statistics is not None:
        inside = user.rows < len(statistics)
        preferences = statistics.genres.preferences(
            user.rows[inside], user.signs[inside], DISLIKE_WEIGHT
        )
        reasons = explain(
            rows, user.liked, preferences, statistics.similarity.liked, statistics.genres
        )
    return [
        {
            "item_id": item,
            "source": SOURCES[entry["source"]],
            "score": round(float(entry["score"]), 4),
            "because": items.ids(list(reasons[place].because)) if reasons else [],
            "genres": list(reasons[place].genres) if reasons else [],
        }
        for place, (item, entry) in enumerate(zip(items.ids(rows.tolist()), entries, strict=True))
    ]
