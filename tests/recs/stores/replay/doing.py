"""What ingest, recommenders and the replay do to a generation, and what Redis then has of it."""

import os
from time import time
from typing import Any

from redis import Redis

from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.log import Kind
from recs.stores.nodes import nodes
from recs.stores.segments import Span
from recs.types import Generation, ItemId, UserId

LIKE, DISLIKE, UNDO = Action.LIKE, Action.DISLIKE, Action.UNDO
NOW = time()


def said(user: str, item: str, action: Action = LIKE, timestamp: float = NOW) -> Interaction:
    return Interaction(UserId(user), ItemId(item), action, timestamp)


def log_only(stores: Stores, generation: Generation, *interactions: Interaction) -> Span:
    rows = [each.to_row() for each in interactions]
    return stores.log.append(generation, Kind.INTERACTIONS, rows)


def take(stores: Stores, generation: Generation, *interactions: Interaction) -> Span:
    """Log interactions and apply them, as ingest does."""
    span = log_only(stores, generation, *interactions)
    stores.replay.apply(generation, span, interactions)
    return span


def show(stores: Stores, generation: Generation, user: str, *items: str) -> None:
    """Show items to a user, as a recommender does."""
    found = stores.catalogues.of(generation).rows_of([ItemId(item) for item in items])
    rows = [row for row in found if row is not None]
    stores.users.replay_impressions(generation, [(UserId(user), rows, NOW)])
    stores.impressions.note(generation, UserId(user), rows, NOW)


def reconcile(stores: Stores, generation: Generation) -> int:
    """Reconcile as if all writers had been resting."""
    for segment in stores.generations.folder(generation).glob("interactions*.csv"):
        os.utime(segment, (1, 1))
    return stores.replay.reconcile(generation)


def restart(stores: Stores) -> Stores:
    """Open the stores again, as a process does that has just started."""
    return Stores(stores.settings, stores.redis)


def opinions(stores: Stores, generation: Generation, user: str) -> dict[str, int]:
    catalogue = stores.catalogues.of(generation)
    catalogue.refresh()
    found = stores.users.interactions(generation, UserId(user))
    return {catalogue.ids[row]: sign for row, sign in found.items()}


def shown(stores: Stores, generation: Generation, user: str) -> list[str]:
    ids = stores.catalogues.of(generation).ids
    (state,) = stores.users.states(generation, [UserId(user)])
    return [ids[row] for row in state.shown]


def all_keys(redis: Client, keys: Keys) -> dict[bytes, Redis]:
    return {key: node for node in nodes(redis) for key in node.scan_iter(keys.pattern)}


def contents(redis: Client, keys: Keys) -> dict[bytes, Any]:
    """Return what Redis has of a generation: of users and of the log.

    Not who waits, and not when something was recorded, for a minute: that is of another moment.
    """
    return {
        key: node.get(key) if node.type(key) == b"string" else node.hgetall(key)
        for key, node in all_keys(redis, keys).items()
        if not key.endswith((b"waiting", b":recorded"))
    }


def empty(redis: Client, keys: Keys) -> None:
    """Lose everything of a generation."""
    for key, node in all_keys(redis, keys).items():
        node.delete(key)
