"""/recs?after=: waits a moment until a user's slate includes what they have just done."""

from contextlib import suppress
from threading import BoundedSemaphore
from time import monotonic, sleep

from redis.exceptions import RedisError

from app.context import context
from recs.errors import StoreUnavailable
from recs.types import Generation, UserId

WAIT_SECONDS = 0.2
PAUSE_SECONDS = 0.01
WAITERS_MOST = 3
"""All threads of a process but one (Procfile), which must go on answering."""
WAITERS = BoundedSemaphore(WAITERS_MOST)


def wait(generation: Generation, user: UserId, after: int) -> bool:
    """Wait for WAIT_SECONDS at most; say whether the user's slate is ranked with `after`.

    Does not wait if as many do as may, or while Redis is away.
    """
    may_wait = WAITERS.acquire(blocking=False)
    end = monotonic() + (WAIT_SECONDS if may_wait else 0)
    try:
        with suppress(RedisError, StoreUnavailable):
            while not (is_ranked := _is_ranked(generation, user, after)) and monotonic() < end:
                sleep(PAUSE_SECONDS)
            return is_ranked
        return False
    finally:
        if may_wait:
            WAITERS.release()


def _is_ranked(generation: Generation, user: UserId, after: int) -> bool:
    here = context()
    with here.breaker_for(generation, user):
        return here.stores.users.is_ranked(generation, user, after)
