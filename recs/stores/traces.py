"""The request that a user's next slate takes into account; stored only while LOG_LEVEL is info."""

from collections.abc import Mapping, Sequence
from typing import cast

from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.types import Generation, UserId

KEPT_SECONDS = 3_600


class Traces:
    """The id of the latest request of each user who waits to be ranked."""

    def __init__(self, redis: Client, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace

    def remember(self, generation: Generation, requests: Mapping[UserId, str]) -> None:
        """Store request ids of users, in one call. Raises RedisError."""
        key = Keys(self._namespace, generation).requests
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.hset(key, mapping={str(user): each for user, each in requests.items()})
        pipeline.expire(key, KEPT_SECONDS)
        pipeline.execute()

    def take(self, generation: Generation, users: Sequence[UserId]) -> list[str]:
        """Return the request ids of those users who have one, and delete them.

        Raises RedisError.
        """
        key = Keys(self._namespace, generation).requests
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.hmget(key, list(users))
        pipeline.hdel(key, *users)
        found = cast(list[bytes | None], pipeline.execute()[0])
        return [each.decode() for each in found if each]
