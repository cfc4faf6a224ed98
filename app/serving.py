"""A user's next items, from their prepared slate."""

import logging
from collections.abc import Callable
from functools import partial
from time import time
from typing import TypeVar

import numpy as np
from redis.exceptions import RedisError

from app import metrics
from app.context import context
from app.item_view import FILL_ITEMS, ItemView
from recs.errors import StoreUnavailable
from recs.ranking.slates import NO_ENTRIES, Entries, pack, unpack
from recs.ranking.user_state import UserState
from recs.stores.trouble import advice_on, is_away, is_of_server
from recs.types import Row, UserId

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

ROUNDS_MOST = 5
"""How often a list is filled up again: items were deleted, or another list took them."""


def serve(items: ItemView, user: UserId, k: int) -> Entries:
    """Return a user's next items, and record them as shown.

    While Redis is away these are popular items, and only the log records them. They count in the
    item statistics, and a Redis that comes back empty gets them from the log.
    """
    here, recorded = context(), True
    try:
        with here.breaker_for(items.generation, user):
            entries = _next_items(items, user, k)
    except (RedisError, StoreUnavailable, ValueError) as error:
        _tell(error)
        metrics.of_app().served_without_user()
        entries, recorded = items.only_known(items.blind(k)), False
    if len(entries):
        rows = entries["row"].tolist()
        here.stores.impressions.note(items.generation, user, rows, time(), recorded)
        metrics.of_app().served(entries["source"].tobytes())
    return entries


def look(items: ItemView, user: UserId, k: int) -> Entries:
    """Return what `serve` would return, but record nothing."""
    found = with_redis(items, user, lambda: _next_items(items, user, k, peek=True))
    return items.popular(k) if found is None else found


def renew(items: ItemView, user: UserId) -> None:
    """Mark a user as waiting for a ranker if they have seen nearly all of their slate."""
    here = context()
    serve = partial(here.stores.users.serve, items.generation, user, 1, time(), b"", b"")
    served = with_redis(items, user, lambda: serve(peek=True, last_resort=False))
    if served is not None and served.left < here.settings.list_size:
        here.marks.add(items.generation, user)


def with_redis(items: ItemView, user: UserId, call: Callable[[], Answer]) -> Answer | None:
    """Return what a call returns; None if the Redis that has a user is away or fails."""
    try:
        with context().breaker_for(items.generation, user):
            return call()
    except (RedisError, StoreUnavailable, ValueError) as error:
        _tell(error)
        return None


def _tell(error: Exception) -> None:
    """Log why lists are made without Redis, once a minute."""
    if isinstance(error, StoreUnavailable) or is_away(error):
        log.warning("lists are made without Redis, which is away: %s", error)
    elif isinstance(error, RedisError) and is_of_server(error):
        context().errors.note(error)
        log.error("lists are made without Redis: %s (%s)", error, advice_on(error))
    else:
        context().errors.note(error)
        log.error("lists are made without Redis, by a bug: %r", error, exc_info=error)


def _next_items(items: ItemView, user: UserId, k: int, peek: bool = False) -> Entries:
    """Take a user's next items in one call: from their slate, then popular items.

    It takes two calls more if they have seen those, too. peek: record nothing.
    """
    if not items.generation:  # none has begun
        return NO_ENTRIES
    here = context()
    slate = items.take_cold_start()
    serve = partial(
        here.stores.users.serve,
        items.generation, user, k, time(), slate, items.fill(), peek=peek, last_resort=False,
    )  # fmt: skip
    served = serve(only_ranked=True)
    if served.is_unranked:
        rank_now(items, user)
        served = serve()
    if slate and (peek or not served.is_new):
        items.put_back(slate)
    if served.left < k and not peek:
        here.marks.add(items.generation, user)
    entries = items.only_known(unpack(served.entries))
    if len(entries) == k:
        return entries
    return _found(items, user, k, slate) if peek else _filled_up(items, user, k, entries)


def rank_now(items: ItemView, user: UserId) -> None:
    """Rank a slate for a user who has a history, but whom no ranker has ranked in time.

    So their list follows their history. It is ranked without Qdrant and without reservations; a
    ranker soon makes another slate. Raises RedisError.
    """
    here = context()
    here.marks.add(items.generation, user)
    (state,) = here.stores.users.states(items.generation, [user])
    if not len(state.rows):
        return
    try:
        slate = _ranked(items, state)
    except Exception as error:  # as in the rankers: the user gets popular items
        here.errors.note(error)
        log.error("a user cannot be ranked: %s", type(error).__name__, exc_info=error)
        return
    if len(slate):
        here.stores.users.write_slates(
            items.generation, {user: slate}, time(), {user: state.read_at}
        )


def _ranked(items: ItemView, user: UserState) -> Entries:
    """Rank a slate; empty before the first statistics."""
    sources, here = items.sources(), context()
    if sources is None:
        return NO_ENTRIES
    n_lists = here.settings.slate_lists
    return here.rankers.mine.draft(user, sources, n_lists).finish_unreserved()


def _filled_up(items: ItemView, user: UserId, k: int, entries: Entries) -> Entries:
    """Add the best unseen items, or if there are none, those shown longest ago.

    Other requests of this user may take the best ones in between: each round offers more of them.
    """
    for turn in range(ROUNDS_MOST):
        # The last round asks for k, so that enough remain however many are in the list already.
        wanted = k if turn == ROUNDS_MOST - 1 else k - len(entries)
        more, is_all = _best_unseen(items, user, wanted, turn)
        known = items.only_known(more)
        # It may return again what was shown a moment ago.
        entries = np.concatenate([entries, known[~np.isin(known["row"], entries["row"])]])[:k]
        if len(entries) == k or is_all:
            break
    return entries


def _best_unseen(items: ItemView, user: UserId, k: int, turn: int) -> tuple[Entries, bool]:
    """Take the best items that a user has not seen, or if they have seen all, the oldest.

    Returns them, and whether there are no others. More of the best become the slate, so that the
    next lists, until a ranker comes, cost one call.
    """
    users = context().stores.users
    best = items.popular(max(k, FILL_ITEMS) << turn, hidden=_seen(items, user))
    may_repeat = len(best) < k or turn == ROUNDS_MOST - 1
    served = users.serve(
        items.generation, user, k, time(), b"", pack(best), last_resort=may_repeat, keep_fill=True
    )
    more = unpack(served.entries)
    return more, may_repeat and len(more) < k


def _found(items: ItemView, user: UserId, k: int, slate: bytes) -> Entries:
    """Return what a user's slate, the best unseen items and those shown before hold, up to k."""
    best, asked = pack(items.popular(k, hidden=_seen(items, user))), k
    while True:  # once, if none of the items was deleted
        served = context().stores.users.serve(
            items.generation, user, asked, time(), slate, best, peek=True
        )
        found = unpack(served.entries)
        entries = items.only_known(found)
        if len(entries) >= k or len(found) < asked:
            return entries[:k]
        asked *= 2


def _seen(items: ItemView, user: UserId) -> set[Row]:
    (state,) = context().stores.users.states(items.generation, [user])
    return {*state.shown.tolist(), *state.rows.tolist()}
