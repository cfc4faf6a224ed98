"""/recs?after=: waits a moment until a user's slate includes what they have just done."""

import json
from contextlib import suppress
from time import monotonic, sleep

from flask import Response
from redis.exceptions import RedisError

from app.context import context
from recs.errors import StoreUnavailable
from recs.types import Generation, UserId

WAIT_SECONDS = 0.2
PAUSE_SECONDS = 0.01


def wait(generation: Generation, user: UserId, after: int) -> bool:
    """Wait for WAIT_SECONDS at most; say whether the user's slate is ranked with `after`.

    Returns False at once while Redis is away.
    """
    here, end = context(), monotonic() + WAIT_SECONDS
    with suppress(RedisError, StoreUnavailable):
        while True:
            with here.breaker:
                is_ranked = here.stores.users.is_ranked(generation, user, after)
            if is_ranked or monotonic() >= end:
                return is_ranked
            sleep(PAUSE_SECONDS)
    return False


def told(answer: Response, is_ranked: bool) -> Response:
    """Add `ranked` to an answer."""
    answer.set_data(json.dumps({**json.loads(answer.get_data()), "ranked": is_ranked}))
    return answer
