"""Operations on each Redis server: a single one, or every primary of a cluster."""

from collections.abc import Iterator
from typing import Any, cast

from redis import Redis

from recs.stores.connection import Client

KEYS_A_CALL = 1_000


def nodes(client: Client) -> list[Redis]:
    """Return a client of each server."""
    if isinstance(client, Redis):
        return [client]
    cluster = cast(Any, client)
    return [cluster.get_redis_connection(node) for node in cluster.get_primaries()]


def delete_matching(client: Client, pattern: str) -> Iterator[int]:
    """Delete all matching keys, found by SCAN, in portions; yield the size of each portion.

    Raises RedisError; then call it again.
    """
    for node in nodes(client):
        cursor = 0
        while True:
            cursor, found = cast(
                tuple[int, list[bytes]],
                node.scan(cursor, match=pattern, count=KEYS_A_CALL),
            )
            pipeline = node.pipeline(transaction=False)
            for key in found:
                pipeline.unlink(key)
            pipeline.execute()
            yield len(found)
            if not cursor:
                break
