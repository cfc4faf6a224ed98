"""Slates prepared for unknown users: each is given to one user."""

from collections.abc import Sequence
from typing import cast

from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.types import Generation


class ColdStart:
    """A list of packed slates in Redis. Every web process takes some of them in advance."""

    def __init__(self, redis: Client, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace

    def put(self, generation: Generation, slates: Sequence[bytes], ttl: int) -> None:
        """Replace all slates in the list. They expire after `ttl` seconds."""
        key = Keys(self._namespace, generation).cold_start
        pipeline = self._redis.pipeline(transaction=False)
        if slates:
            pipeline.rpush(key, *slates)
            pipeline.ltrim(key, -len(slates), -1)
            pipeline.expire(key, ttl)
        else:
            pipeline.delete(key)
        pipeline.execute()

    def take(self, generation: Generation, n: int) -> list[bytes]:
        """Remove at most n slates from the list and return them."""
        key = Keys(self._namespace, generation).cold_start
        return cast(list[bytes] | None, self._redis.lpop(key, n)) or []

    def length(self, generation: Generation) -> int:
        """Return how many there are."""
        return self._redis.llen(Keys(self._namespace, generation).cold_start)
