"""Signs of life in Redis: which workers run, and which tasks were done recently.

Ages are measured by the clock of Redis, because the clocks of the machines may differ.
"""

from collections.abc import Sequence

from recs.stores import keys
from recs.stores.connection import Client

KEPT_MILLISECONDS = 3_600_000


class Signs:
    """Signs of life of the processes of one namespace."""

    def __init__(self, redis: Client, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace

    def give(self, *names: str) -> None:
        """Give signs of life. Raises RedisError."""
        for name in names:
            key = keys.sign_of_life(self._namespace, name)
            self._redis.set(key, b"", px=KEPT_MILLISECONDS)

    def ages(self, names: Sequence[str]) -> dict[str, float | None]:
        """Return the seconds since each sign; None if there was none within an hour.

        Raises RedisError.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for name in names:
            pipeline.pttl(keys.sign_of_life(self._namespace, name))
        left: list[int] = pipeline.execute()
        return {
            name: (KEPT_MILLISECONDS - milliseconds) / 1000 if milliseconds > 0 else None
            for name, milliseconds in zip(names, left, strict=True)
        }
