"""Operations on each Redis server: a single one, or every primary of a cluster."""

from collections.abc import Iterator
from typing import Any, cast

from redis import Redis

from recs.stores.connection import Client
from recs.stores.keys import Keys

KEYS_A_CALL = 1_000


def nodes(client: Client) -> list[Redis]:
    """Return a client of each server."""
    if isinstance(client, Redis):
        return [client]
    cluster = cast(Any, client)
    return [cluster.get_redis_connection(node) for node in cluster.get_primaries()]


def applied_keys(client: Client, keys: Keys) -> dict[str, Redis]:
    """Return for each Redis the key under which it keeps its own offsets: key -> Redis.

    In a cluster a node can lose its data while the others keep theirs, so each needs its own
    offsets. When slots move between nodes, a node may get another key: then some rows are applied
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
