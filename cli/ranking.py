"""Has many users ranked after an import: some in each second, the most recent first."""

from collections.abc import Iterable
from time import time

from recs.stores import Stores
from recs.stores.log import Kind
from recs.stores.waiting import SPREAD_A_SECOND
from recs.types import Generation, UserId

SPREAD_SECONDS = 500
"""Users who would be due later are ranked at their first visit."""
COUNTED_SECONDS = 2.0
"""Time until the first are due: by then the statistics worker has read their data."""


def let_wait(stores: Stores, generation: Generation, said: Iterable[tuple[UserId, float]]) -> int:
    """Have users ranked; return how many. Raises RedisError.

    said: user and timestamp of each interaction.
    """
    last: dict[UserId, float] = {}
    for user, timestamp in said:
        last[user] = max(timestamp, last.get(user, 0.0))
    users = sorted(last, key=lambda user: -last[user])[: SPREAD_A_SECOND * SPREAD_SECONDS]
    stores.waiting.spread(generation, users, time() + COUNTED_SECONDS)
    return len(users)


def rank_everybody(stores: Stores, generation: Generation) -> int:
    """Have all users of a generation ranked; return how many. Raises RedisError."""
    rows = (row for _, some in stores.log.tail(generation, Kind.INTERACTIONS, {}) for row in some)
    said = ((UserId(user), float(at)) for user, _, _, at in rows)
    return let_wait(stores, generation, said)
