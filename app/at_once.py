"""Lists that are ranked on demand: under a filter, for a group, for a guest."""

from collections.abc import Sequence
from time import time

import numpy as np

from app import metrics, serving
from app.context import context
from app.filtering import mask_of
from app.item_view import ItemView, Mask
from recs.ranking.slates import ENTRY, EXPLORE, NO_ENTRIES, Entries
from recs.ranking.user_state import UserState
from recs.types import Json, Row, UserId


def next_items(items: ItemView, users: Sequence[UserId], k: int, asked: Json) -> Entries:
    """Return the best k items for these users together; unless they `peek`, record them as shown.

    asked: the parameters, with the filters.
    """
    entries = rank(items, states_of(items, users), k, mask_of(items, asked))
    if not asked["peek"]:
        record(items, users, entries["row"].tolist())
        metrics.of_app().served(entries["source"].tobytes())
    return entries


def states_of(items: ItemView, users: Sequence[UserId]) -> list[UserState]:
    """Return the states of users; empty states while Redis is away."""
    states = serving.with_redis(
        items, users[0], lambda: context().stores.users.states(items.generation, users)
    )
    return [UserState() for _ in users] if states is None else states


def rank(items: ItemView, states: Sequence[UserState], k: int, within: Mask) -> Entries:
    """Return the best k items for these users together.

    First come items that none of them has seen, then items that they were shown, oldest first.
    Items that any of them interacted with are left out.
    """
    entries = items.only_known(_unseen(items, states, k, within))
    if len(entries) < k:  # items that are newer than the statistics
        hidden = {
            row for state in states for rows in (state.shown, state.rows) for row in rows.tolist()
        }
        hidden.update(entries["row"].tolist())
        more = items.popular(k - len(entries), hidden, within)
        entries = np.concatenate([entries, more])
    if len(entries) < k:
        entries = np.concatenate([entries, _again(items, states, within)])
    return entries[:k]


def record(items: ItemView, users: Sequence[UserId], rows: Sequence[Row]) -> None:
    """Record that these users were shown some items."""
    now, stores = time(), context().stores
    if not rows:
        return

    def write() -> bool:
        stores.users.replay_impressions(items.generation, [(user, rows, now) for user in users])
        return True

    recorded = serving.with_redis(items, users[0], write) is not None
    for user in users:
        stores.impressions.note(items.generation, user, rows, now, recorded)


def _unseen(items: ItemView, states: Sequence[UserState], k: int, within: Mask) -> Entries:
    """Rank what none of these users has seen; empty before the first statistics."""
    sources, here = items.sources(), context()
    if sources is None:
        return NO_ENTRIES
    n_lists = -(-k // here.settings.ranking.list_length)
    return here.rankers.mine.rank_now(states, sources, n_lists, within)[:k]


def _again(items: ItemView, states: Sequence[UserState], within: Mask) -> Entries:
    """Return items that these users were shown and did not interact with, oldest first."""
    shown = dict.fromkeys(row for state in states for row in state.shown.tolist())
    said = {row for state in states for row in state.rows.tolist()}
    rows = [
        row
        for row in shown
        if row not in said and row < len(within) and within[row] and items.is_known(row)
    ]
    entries: Entries = np.zeros(len(rows), ENTRY)
    entries["row"], entries["source"] = rows, EXPLORE
    return entries
