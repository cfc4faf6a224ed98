"""The window on disk: training data for a fit, and the state from which a worker restarts."""

from array import array
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recs.ranking.genres import GenreTable
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.ratings import like_weights
from recs.ranking.user_events import UserEvents, joined
from recs.ranking.window import Window
from recs.training.dataset import Dataset, unpack_ids
from recs.training.ease import Likes, Rates
from recs.types import Json

Arrays = dict[str, NDArray[Any]]

PRIOR = 1.0
"""The prior of an item's rate, in interactions; a rough value."""


def to_arrays(
    window: Window, genres: GenreTable, interactions: int, position: Json
) -> tuple[Arrays, Json]:
    """Return a window as arrays and metadata for one file, which includes a `Dataset`.

    interactions: of the whole generation. position: what the next worker needs to continue, such
    as how far the log was read.
    """
    users = list(window.users())
    events = [each for _, each in users]
    n_facts = np.array([len(each.rows) for each in events], np.int64)
    n_shown = np.array([len(each.shown) for each in events], np.int64)
    own = {
        "all_users": np.repeat(np.arange(len(users), dtype=np.int32), n_facts),
        "all_rows": joined([each.rows for each in events], np.int32),
        "all_signs": joined([each.signs for each in events], np.int8),
        "all_times": joined([each.times for each in events], np.float64),
        "n_facts": n_facts,
        "n_shown": n_shown,
        "shown": joined([each.shown for each in events], np.int32),
        "n_counted": np.array([each.counted for each in events], np.int64),
        "response_rates": np.array([each.response_rate for each in events]),
        **window.item_marks(),
    }
    order = np.argsort(own["all_times"], kind="stable")
    order = order[own["all_signs"][order] != 0]
    dataset = Dataset(
        own["all_users"][order],
        own["all_rows"][order],
        own["all_signs"][order],
        tuple(user for user, _ in users),
        genres.of_items.starts.astype(np.int32),
        genres.of_items.values.astype(np.int32),
        (*genres.names, *genres.traits),
        interactions,
    )
    arrays, meta = dataset.to_arrays()
    return {**arrays, **own}, {**meta, "position": position}


def for_ease(
    arrays: Mapping[str, NDArray[Any]], statistics: ItemStatistics, watched_weight: float
) -> tuple[Likes, Rates]:
    """Return the data for fitting EASE, from a snapshot and statistics, which may be older."""
    n_items = len(statistics)
    users, rows = arrays["fact_users"].astype(np.int64), arrays["fact_rows"].astype(np.int64)
    liked = (arrays["fact_signs"] > 0) & (rows < n_items)
    users, rows = users[liked], rows[liked]
    weights = like_weights(arrays["fact_signs"][liked], watched_weight)
    owners = np.repeat(np.arange(len(arrays["n_shown"])), arrays["n_shown"])
    is_known = arrays["shown"] < n_items
    shown = (owners * n_items + arrays["shown"])[is_known]
    organic = ~np.isin(users * n_items + rows, shown)
    counts = statistics.counts
    interactions = counts.likes + counts.dislikes
    without_one = (np.maximum(interactions - 1, 0) + PRIOR) / (interactions + PRIOR)
    likes = Likes(users, rows, organic, weights)
    return likes, Rates(statistics.rates, statistics.rates * without_one)


def restore(window: Window, arrays: Mapping[str, NDArray[Any]], meta: Json) -> Json:
    """Fill an empty window from a saved one; return the position."""
    users = unpack_ids(arrays["users"])
    facts = np.concatenate([[0], np.cumsum(arrays["n_facts"])]).tolist()
    shown = np.concatenate([[0], np.cumsum(arrays["n_shown"])]).tolist()
    rates = arrays["response_rates"].tolist()
    counted = arrays["n_counted"].tolist()
    saved = []
    for index, user in enumerate(users):
        events = UserEvents(index)
        first, end = facts[index], facts[index + 1]
        events.rows = array("i", arrays["all_rows"][first:end].tobytes())
        events.signs = array("b", arrays["all_signs"][first:end].tobytes())
        events.times = array("d", arrays["all_times"][first:end].tobytes())
        events.shown = array("i", arrays["shown"][shown[index] : shown[index + 1]].tobytes())
        events.counted, events.response_rate = counted[index], rates[index]
        saved.append((user, events))
    window.restore(saved, arrays)
    position: Json = meta["position"]
    return position
