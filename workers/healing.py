"""Keeping Redis and the disk of one mind, and both tidy: heal, archive, reap."""

import json
import logging
from typing import cast

from recs.stores import Stores
from recs.stores.events import BEGINNING, GapInEvents, Position
from recs.stores.keys import Keys, current_generation, prefix
from recs.stores.locks import alone
from recs.stores.log import Kind
from recs.types import Generation
from workers import celery, settings, stores

log = logging.getLogger(__name__)

LOCK_SECONDS = 60.0
EVENTS_A_CALL = 5_000
KEYS_A_CALL = 1_000


@celery.task(name="heal")
def heal() -> None:
    """Replay to Redis what the disk has and Redis has lost."""
    mend(stores(), settings().namespace)


@celery.task(name="archive")
def archive() -> None:
    """Write the latest impressions to disk."""
    keep_impressions(stores(), settings().namespace)


@celery.task(name="reap")
def reap() -> None:
    """Delete some keys of generations that are over, and their models."""
    forget(stores(), settings().namespace)


def mend(stores: Stores, namespace: str) -> int:
    """Bring Redis's generation and its contents up to the disk's; return how many rows that took."""
    generation = stores.generations.restore()
    with alone(stores.redis, Keys(namespace, generation).lock("heal"), LOCK_SECONDS) as mine:
        count = stores.state.heal(generation) if mine else 0
    if count:
        log.warning("generation %d: %d rows replayed from the log", generation, count)
    return count


def keep_impressions(stores: Stores, namespace: str) -> int:
    """Write impressions that are only in Redis to disk; return how many events that took."""
    generation = stores.generations.current()
    keys = Keys(namespace, generation)
    with alone(stores.redis, keys.lock("archive"), LOCK_SECONDS) as mine:
        if not mine:
            return 0
        archived = cast(str | None, stores.redis.get(keys.archived)) or f"0 {BEGINNING}"
        number, identity = archived.split(" ")
        position = Position(identity, int(number))
        try:
            events = stores.events.after(generation, position, EVENTS_A_CALL)
        except GapInEvents:
            position = stores.events.before_oldest(generation)
            events = stores.events.after(generation, position, EVENTS_A_CALL)
        if not events:
            return 0
        rows = [
            (event.user, json.dumps(event.items, ensure_ascii=False), event.at)
            for event in events
            if event.kind == "i"
        ]
        last = events[-1].position
        if rows:
            span = stores.log.append(generation, Kind.IMPRESSIONS, rows)
            # Redis has these already. But if it was emptied just now, it learns of the older ones.
            stores.state.apply(generation, Kind.IMPRESSIONS, span, rows)
        stores.state.note_archived(generation, f"{last.number} {last.id}")
    return len(events)


def forget(stores: Stores, namespace: str) -> int:
    """Delete keys of older generations, a portion of each; return how many."""
    current = stores.generations.current()
    return sum(
        _forget_some(stores, namespace, generation)
        for generation in stores.generations.all_on_disk()
        if generation < current
    )


def _forget_some(stores: Stores, namespace: str, generation: Generation) -> int:
    """Delete one portion of a generation's keys. They are found by SCAN, a stretch at a time."""
    redis = stores.redis
    reaped = f"{current_generation(namespace)}:reaped"
    if redis.sismember(reaped, str(generation)):
        return 0
    found = 0
    for found, key in enumerate(
        redis.scan_iter(prefix(namespace, generation) + "*", count=KEYS_A_CALL), 1
    ):
        redis.unlink(key)
        if found == KEYS_A_CALL:
            return found
    stores.models.drop(generation)
    redis.sadd(reaped, str(generation))
    return found
