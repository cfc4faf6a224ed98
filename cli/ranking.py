"""Users whose data came all at once wait to be ranked: a few in each second, the newest first."""

from collections.abc import Iterable
from time import time

from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId

USERS_A_SECOND = 300
"""So many become due in each second: others must not wait for all of them."""
SPREAD_SECONDS = 500
"""Whoever would be due later is ranked at their first visit."""
COUNTED_SECONDS = 2.0
"""From when on they are due: the statistics worker has read what came."""


def let_wait(stores: Stores, generation: Generation, interactions: Iterable[Interaction]) -> int:
    """Let the users of these be ranked; return how many that are. Raises RedisError."""
    last: dict[UserId, float] = {}
    for each in interactions:
        last[each.user] = max(each.timestamp, last.get(each.user, 0.0))
    users = sorted(last, key=lambda user: -last[user])[: USERS_A_SECOND * SPREAD_SECONDS]
    due = time() + COUNTED_SECONDS
    for second, start in enumerate(range(0, len(users), USERS_A_SECOND)):
        stores.waiting.add(generation, users[start : start + USERS_A_SECOND], due + second)
    return len(users)


def rank_everybody(stores: Stores, generation: Generation) -> int:
    """Let everybody of a generation be ranked; return how many that are. Raises RedisError."""
    rows = (row for _, some in stores.log.tail(generation, Kind.INTERACTIONS, {}) for row in some)
    return let_wait(
        stores,
        generation,
        (
            Interaction(UserId(user), ItemId(item), Action(action), float(at))
            for user, item, action, at in rows
        ),
    )
