"""Reactions, from the queue to the log and to Redis. Then their viewers' lists are asked for."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from celery_batches import SimpleRequest
from redis.exceptions import RedisError

from recs.errors import BadReaction
from recs.reactions import Reaction
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Epoch
from workers import celery, settings, stores
from workers.batching import SafeBatches
from workers.caching import ask_for_refresh
from workers.dead_letters import set_aside

log = logging.getLogger(__name__)


@celery.task(
    base=SafeBatches,
    name="ingest",
    flush_every=settings().batch_size,
    flush_interval=settings().batch_seconds,
)
def ingest(requests: Sequence[SimpleRequest]) -> bool:
    """Take a batch of messages, each (epoch, rows). True: all of it is safe."""
    take([request.args for request in requests], stores())
    ask_for_refresh(stores())
    return True


def take(messages: Iterable[Sequence[Any]], stores: Stores) -> None:
    """Log the reactions of these messages, then tell Redis.

    Raises OSError if the log cannot be written: the messages must come again. Once they are
    logged, they are safe: what Redis misses, healing replays.
    """
    for epoch, reactions in _by_epoch(messages, stores).items():
        rows = [reaction.to_row() for reaction in reactions]
        span = stores.log.append(epoch, Kind.REACTIONS, rows)
        try:
            stores.state.apply(epoch, Kind.REACTIONS, span, rows)
        except RedisError as error:
            log.warning("Redis will learn of %d reactions later: %s", len(rows), error)


def _by_epoch(messages: Iterable[Sequence[Any]], stores: Stores) -> dict[Epoch, list[Reaction]]:
    """Read the messages. What is no reaction is set aside."""
    reactions: dict[Epoch, list[Reaction]] = defaultdict(list)
    for message in messages:
        try:
            epoch, rows = _opened(message, stores)
        except BadReaction as error:
            set_aside(stores, error.reason, message)
            continue
        for row in rows:
            try:
                reaction = Reaction.from_row(row)
            except BadReaction as error:
                set_aside(stores, error.reason, row)
            else:
                reactions[epoch or _now(stores)].append(reaction)
    return reactions


def _opened(message: Sequence[Any], stores: Stores) -> tuple[Epoch, list[Any]]:
    match message:
        case [bool(), _]:
            pass  # Python takes it for a number
        case [int(epoch), list(rows)] if 0 <= epoch <= (stores.epochs.on_disk() or 0):
            return Epoch(epoch), rows
        case [int(epoch), list(rows)] if 0 <= epoch <= stores.epochs.current():
            return Epoch(epoch), rows
        case [int(), list()]:
            raise BadReaction("of an epoch that has not begun")
    raise BadReaction("not a message of (epoch, rows)")


def _now(stores: Stores) -> Epoch:
    """Return the epoch for what was stamped while neither Redis nor the disk knew of one."""
    return stores.epochs.on_disk() or stores.epochs.current()
