"""Locks in Redis: one process at a time does a thing, and a dead one lets go by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from redis import Redis

RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


@contextmanager
def alone(redis: Redis, name: str, ttl_seconds: float) -> Iterator[bool]:
    """Hold a lock while the body runs; yields False if somebody else holds it.

    It expires after `ttl_seconds`; it is released only by its holder.
    """
    token = uuid4().hex
    held = bool(redis.set(name, token, nx=True, px=int(1000 * ttl_seconds)))
    try:
        yield held
    finally:
        if held:
            redis.eval(RELEASE, 1, name, token)
