"""Locks in Redis: one process at a time does an activity; the lock of a dead process expires."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from redis.exceptions import RedisError
from redis.lock import Lock

from recs.stores.connection import Client


@contextmanager
def alone(redis: Client, name: str, ttl_seconds: float) -> Iterator[Lock | None]:
    """Hold a lock while the body runs; yields None if another process holds it.

    A thread renews it while the body runs. If the process dies or hangs, it expires after
    `ttl_seconds`. A body that may have hung should check that it `is_held`.
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
        with suppress(RedisError):  # it has expired, perhaps has a new holder, or will expire
            lock.release()


def is_held(lock: Lock) -> bool:
    """Say whether a lock is ours. One that expired is taken again, if nobody else has it.

    A process that gets too little processor to renew its lock would else never finish its work.
    """
    return lock.owned() or lock.acquire()


def _renew(lock: Lock, ttl_seconds: float, done: Event) -> None:
    while not done.wait(ttl_seconds / 3):
        with suppress(RedisError):  # two more attempts follow before it expires
            lock.reacquire()
