"""Locks in Redis: one process at a time does a thing, and a dead one lets go by itself."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from uuid import uuid4

from redis import Redis
from redis.exceptions import RedisError

RENEW = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2])"
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


@contextmanager
def alone(redis: Redis, name: str, ttl_seconds: float, renewed: bool = False) -> Iterator[bool]:
    """Hold a lock while the body runs; yields False if somebody else holds it.

    It expires after `ttl_seconds`, unless it is renewed, which a thread does until the body is
    done, however long that takes. It is released only by its holder.
    """
    token = uuid4().hex
    held = bool(redis.set(name, token, nx=True, px=int(1000 * ttl_seconds)))
    done = Event()
    if held and renewed:
        Thread(target=_renew, args=(redis, name, token, ttl_seconds, done), daemon=True).start()
    try:
        yield held
    finally:
        done.set()
        if held:
            redis.eval(RELEASE, 1, name, token)


def _renew(redis: Redis, name: str, token: str, ttl_seconds: float, done: Event) -> None:
    while not done.wait(ttl_seconds / 3):
        with suppress(RedisError):  # there are two more tries before it expires
            redis.eval(RENEW, 1, name, token, int(1000 * ttl_seconds))
