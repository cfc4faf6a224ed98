"""Moves interactions that were confirmed in trial mode to RabbitMQ, once that is back.

They wait in a Redis from which no worker takes messages any more. `python -m workers.stranded`
reads the URL of that Redis from its input; ingest takes REDIS_URL, whenever it starts.
"""

import base64
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from time import sleep
from typing import cast

from celery import Celery
from kombu import Producer
from redis import Redis

from recs.settings import Settings
from recs.stores import connection
from recs.types import Json
from workers.queues import BROKER_ERRORS, queue

log = logging.getLogger(__name__)

AGAIN_SECONDS = 5.0
MESSAGES_A_CALL = 100


def move_stranded(settings: Settings, celery: Celery) -> None:
    """Move what waits in REDIS_URL, once both servers answer. In trial mode nothing is stranded."""
    if settings.broker_url.startswith("redis") or "+cluster" in settings.redis_url:
        return
    while True:
        with suppress(*BROKER_ERRORS):
            if count := move(settings.redis_url, settings, celery):
                log.warning("%d messages of trial mode were moved from Redis to RabbitMQ", count)
            return
        sleep(AGAIN_SECONDS)


def move(redis_url: str, settings: Settings, celery: Celery) -> int:
    """Move the messages that wait in a Redis to the broker; return how many these were.

    Each is deleted after the broker has it, so one may be delivered twice. Raises BROKER_ERRORS:
    then the rest stay where they are.
    """
    count = 0
    with connection.long_timeout(redis_url) as client:
        waiting = Stranded(cast(Redis, client), settings)
        if waiting.is_empty():
            return 0
        with celery.connection_for_write(transport_options={"confirm_publish": True}) as broker:
            producer = broker.Producer()
            for message in waiting.messages():
                _publish(message, producer, settings)
                count += 1
    return count


class Stranded:
    """The messages of interactions in a Redis, as kombu keeps them.

    A list has those that no worker has taken; a hash those that a worker held when it ended.
    """

    def __init__(self, redis: Redis, settings: Settings) -> None:
        prefix = f"{settings.namespace}:broker:"
        self._redis = redis
        self._queue = settings.queue("interactions")
        self._list = prefix + self._queue
        self._unacked = f"{prefix}unacked"
        self._index = f"{prefix}unacked_index"

    def is_empty(self) -> bool:
        """Say whether no message waits."""
        return not self._redis.exists(self._list, self._unacked)

    def messages(self) -> Iterator[Json]:
        """Yield each, the oldest first. It is deleted when the next one is asked for."""
        for tag, content in cast(dict[bytes, bytes], self._redis.hgetall(self._unacked)).items():
            message, _, routing_key = json.loads(content)
            if routing_key == self._queue:
                yield message
                self._redis.hdel(self._unacked, cast(str, tag))
                self._redis.zrem(self._index, tag)
        while found := cast(list[bytes], self._redis.lrange(self._list, -MESSAGES_A_CALL, -1)):
            for content in reversed(found):
                yield json.loads(content)
                self._redis.lrem(self._list, -1, cast(str, content))


def _publish(message: Json, producer: Producer, settings: Settings) -> None:
    producer.publish(
        base64.b64decode(message["body"]),
        content_type=message["content-type"],
        content_encoding=message["content-encoding"],
        headers=message["headers"],
        correlation_id=message["properties"].get("correlation_id"),
        routing_key=settings.queue("interactions"),
        declare=[queue(settings, "interactions")],
        delivery_mode=2,
        retry=False,
    )


if __name__ == "__main__":
    from workers import celery, settings

    # Not an argument: all users of a machine can see the password on a command line.
    if moved := move(sys.stdin.readline().strip(), settings(), celery):
        print(f"{moved} messages that waited in trial mode were moved to the present broker.")
