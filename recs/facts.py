"""What viewers say of titles now: the log of interactions, boiled down to one fact a pair."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recs.interactions import SIGNS, TASTES, Action
from recs.types import IntArray, ItemId, UserId

if TYPE_CHECKING:
    import pandas as pd

TASTE_OF = {action.value: TASTES[SIGNS[action]] for action in Action}


@dataclass(frozen=True, slots=True)
class Facts:
    """Likes and dislikes, oldest first; what was taken back is left out.

    viewers, items: places in users and titles, (n_facts,) each. tastes: +1 or -1.
    """

    users: tuple[UserId, ...]
    titles: tuple[ItemId, ...]
    viewers: IntArray
    items: IntArray
    tastes: IntArray


def facts_of(interactions: "pd.DataFrame") -> Facts:
    """Keep the last action of each pair of viewer and title.

    interactions: user_id, item_id, action, timestamp, in the order of the log, which decides
    between equal timestamps.
    """
    import pandas as pd  # here, since it costs half a second, and every process imports this module

    latest = interactions.sort_values("timestamp", kind="stable").drop_duplicates(
        ["user_id", "item_id"], keep="last"
    )
    latest = latest[latest["action"] != Action.UNDO.value]
    viewers, users = pd.factorize(latest["user_id"])
    items, titles = pd.factorize(latest["item_id"])
    return Facts(
        tuple(users),
        tuple(titles),
        viewers.astype(np.int64),
        items.astype(np.int64),
        np.asarray(latest["action"].map(TASTE_OF), np.int64),
    )
