"""What concerns each Redis by itself: a single one, or every primary of a cluster."""

from collections.abc import Iterator
from typing import Any, cast

from redis import Redis

from recs.stores.connection import Client
from recs.stores.keys import Keys

KEYS_A_CALL = 1_000


def nodes(client: Client) -> list[Redis]:
    """Return a client of each."""
    if isinstance(client, Redis):
        return [client]
    cluster = cast(Any, client)
    return [cluster.get_redis_connection(node) for node in cluster.get_primaries()]


def applied_keys(client: Client, keys: Keys) -> dict[str, Redis]:
    """Return a key on each Redis for what that one has of the log: key -> its Redis.

    In a cluster one node can lose its data and the others not, so none can speak for another.
    When slots move between nodes, another key may become a node's: then some rows are applied
    again, which is harmless.
    """
    if isinstance(client, Redis):
        return {keys.applied: client}
    cluster = cast(Any, client)
    primaries = {node.name: node for node in cluster.get_primaries()}
    found: dict[str, str] = {}
    for number in range(64 * len(primaries)):
        key = keys.applied_of(number)
        found.setdefault(cluster.get_node_from_key(key).name, key)
        if len(found) == len(primaries):
            break
    return {key: cluster.get_redis_connection(primaries[name]) for name, key in found.items()}


def delete_matching(client: Client, pattern: str) -> Iterator[int]:
    """Delete all keys that match, found by SCAN, a portion at each step: yields how many these are.

    Raises RedisError; then begin again.
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
