"""A user's next items, out of the slate that was prepared for them."""

import logging
from functools import partial
from time import time

import numpy as np
from redis.exceptions import RedisError

from app import metrics
from app.context import context
from app.item_view import ItemView
from recs.errors import StoreUnavailable
from recs.ranking.slates import NO_ENTRIES, Entries, pack, unpack
from recs.stores.trouble import advice_on, is_away, is_of_server
from recs.throttling import ThrottledLog
from recs.types import Row, UserId

log = ThrottledLog(logging.getLogger(__name__))

ROUNDS_MOST = 5
"""So often a list is filled up again from which deleted items were left out."""


def serve(items: ItemView, user: UserId, k: int) -> Entries:
    """Return a user's next items, and record that they were shown them.

    While Redis is away these are popular ones, and only the log learns of them: they were shown,
    so they count in the item statistics, and a Redis that comes back empty gets them from there.
    """
    here, recorded = context(), True
    try:
        with here.breaker:
            entries = _next_items(items, user, k)
    except (RedisError, StoreUnavailable, ValueError) as error:
        tell(error)
        metrics.of_app().served_without_user()
        entries, recorded = items.only_known(items.blind(k)), False
    if len(entries):
        rows = entries["row"].tolist()
        here.stores.impressions.note(items.generation, user, rows, time(), recorded)
        metrics.of_app().served(entries["source"].tobytes())
    return entries


def look(items: ItemView, user: UserId, k: int) -> Entries:
    """Return what `serve` would, and record nothing."""
    try:
        with context().breaker:
            return _peek(items, user, k)
    except (RedisError, StoreUnavailable, ValueError) as error:
        tell(error)
        return items.popular(k)


def renew(items: ItemView, user: UserId) -> None:
    """Let a user be ranked if they have seen nearly all of their slate."""
    here = context()
    try:
        with here.breaker:
            served = here.stores.users.serve(
                items.generation, user, 1, time(), b"", b"", peek=True, last_resort=False
            )
    except (RedisError, StoreUnavailable, ValueError) as error:
        tell(error)
        return
    if served.left < here.settings.list_size:
        here.marks.add(items.generation, user)


def tell(error: Exception) -> None:
    """Log why lists are answered that know nothing of their users: once a minute."""
    kind = type(error)
    if isinstance(error, StoreUnavailable) or is_away(error):
        log.warning("away", "lists are made without Redis, which is away: %s", error)
    elif isinstance(error, RedisError) and is_of_server(error):
        context().errors.note(error)
        log.error(kind, "lists are made without Redis: %s (%s)", error, advice_on(error))
    else:
        context().errors.note(error)
        log.error(kind, "lists are made without Redis, by a mistake: %r", error, error=error)


def _next_items(items: ItemView, user: UserId, k: int) -> Entries:
    """Take a user's next items: one call, out of their slate and, when it is used up, popular ones.

    Two more when they have seen those, too.
    """
    if not items.generation:  # nobody has begun one
        return NO_ENTRIES
    here = context()
    slate = items.take_cold_start()
    serve = partial(
        here.stores.users.serve,
        items.generation, user, k, time(), slate, items.fill(), last_resort=False,
    )  # fmt: skip
    served = serve(only_ranked=True)
    if served.is_unranked:
        _prepare(items, user)
        served = serve()
    if slate and not served.is_new:
        items.put_back(slate)
    if served.left < k:
        here.marks.add(items.generation, user)
    entries = items.only_known(unpack(served.entries))
    return entries if len(entries) == k else _filled_up(items, user, k, entries)


def _prepare(items: ItemView, user: UserId) -> None:
    """Rank a slate for a user who brought a history and comes before any ranker has met them.

    So their first list follows from it, and is not a popular one. A ranker makes another one soon.
    """
    here = context()
    here.marks.add(items.generation, user)
    (state,) = here.stores.users.states(items.generation, [user])
    try:
        slate = here.drafting.slate(items.generation, state)
    except Exception as error:  # as with rankers: whatever it is, they get a popular list
        here.errors.note(error)
        log.error("prepare", "a user cannot be ranked: %s", type(error).__name__, error=error)
        return
    if len(slate):
        here.stores.users.write_slates(
            items.generation, {user: slate}, time(), {user: state.read_at}
        )


def _filled_up(items: ItemView, user: UserId, k: int, entries: Entries) -> Entries:
    """Go on with the best unseen; where nothing else is left, with what was shown longest ago."""
    for _ in range(ROUNDS_MOST):
        more = _best_unseen(items, user, k - len(entries))
        known = items.only_known(more)
        # What was shown a moment ago comes again here.
        entries = np.concatenate([entries, known[~np.isin(known["row"], entries["row"])]])
        if len(entries) == k or len(known) == len(more):
            break
    return entries


def _best_unseen(items: ItemView, user: UserId, k: int) -> Entries:
    """Take the best that a user has not seen; when they have seen everything, the oldest."""
    users = context().stores.users
    best = items.popular(k, hidden=_seen(items, user))
    return unpack(users.serve(items.generation, user, k, time(), b"", pack(best)).entries)


def _peek(items: ItemView, user: UserId, k: int) -> Entries:
    if not items.generation:
        return NO_ENTRIES
    slate = items.take_cold_start()
    if slate:
        items.put_back(slate)
    serve = partial(
        context().stores.users.serve, items.generation, user, k, time(), slate, peek=True
    )
    # What was shown before comes last here, too.
    served = serve(b"", last_resort=False, only_ranked=True)
    if served.is_unranked:
        _prepare(items, user)
        served = serve(b"", last_resort=False)
    entries = items.only_known(unpack(served.entries))
    if len(entries) == k:
        return entries
    served = serve(pack(items.popular(k, hidden=_seen(items, user))))
    return items.only_known(unpack(served.entries))


def _seen(items: ItemView, user: UserId) -> set[Row]:
    (state,) = context().stores.users.states(items.generation, [user])
    return {*state.shown.tolist(), *state.rows.tolist()}
