"""Leaves out of queued messages what users did before they were erased."""

from collections.abc import Mapping, Sequence
from typing import Any

from recs.interactions import complaint_about_id
from recs.stores import Stores
from recs.types import UserId
from workers.batching import Received
from workers.queues import SENT_AT, STAMPED_AT


def without_erased(batch: Sequence[Received], stores: Stores) -> list[Sequence[Any]]:
    """Return the arguments of messages without rows of users who were erased after sending them.

    What the same user sends later is kept: they begin anew.
    """
    if not len(stores.erasures):
        return [each.args for each in batch]
    return [_kept(each.args, _stamp(each.headers), stores) for each in batch]


def _kept(args: Sequence[Any], stamped_at: float, stores: Stores) -> Sequence[Any]:
    match args:
        case [generation, list(rows)]:
            return [generation, [row for row in rows if not _is_erased(row, stamped_at, stores)]]
    return args  # ingest will say what is wrong with it


def _is_erased(row: Any, stamped_at: float, stores: Stores) -> bool:
    match row:
        case [user, *_] if not complaint_about_id(user):
            return stores.erasures.erased_at(UserId(user)) >= stamped_at
    return False  # ingest will say what is wrong with it


def _stamp(headers: Mapping[str, Any]) -> float:
    """Return when a message was made (s, by the clock of Redis); 0 if its headers do not say."""
    for name in (STAMPED_AT, SENT_AT):
        at = headers.get(name)
        if isinstance(at, int | float):
            return float(at)
    return 0.0
