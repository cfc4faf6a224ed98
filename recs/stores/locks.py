"""Locks in Redis: one process at a time does a thing, and a dead one lets go by itself."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from redis.exceptions import RedisError
from redis.lock import Lock

from recs.stores.connection import Client


@contextmanager
def alone(redis: Client, name: str, ttl_seconds: float) -> Iterator[Lock | None]:
    """Hold a lock while the body runs; yields None if somebody else holds it.

    A thread renews it for as long as the body takes. When the process dies or hangs, it expires
    after `ttl_seconds`. Whoever hung and goes on asks the lock whether it is still `owned()`.
    """
    lock = Lock(redis, name, timeout=ttl_seconds, blocking=False, thread_local=False)
    if not lock.acquire():
        yield None
        return
    done = Event()
    renewing = Thread(target=_renew, args=(lock, ttl_seconds, done), daemon=True)
    renewing.start()
    try:
        yield lock
    finally:
        done.set()
        renewing.join()
        with suppress(RedisError):  # it has expired, and may be another's; or will expire
            lock.release()


def _renew(lock: Lock, ttl_seconds: float, done: Event) -> None:
    while not done.wait(ttl_seconds / 3):
        with suppress(RedisError):  # there are two more tries before it expires
            lock.reacquire()
