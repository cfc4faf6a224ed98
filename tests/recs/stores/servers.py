"""What tests do to Redis servers, and how they wait for them."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from redis.cluster import RedisCluster as ClusterClient
from redis.exceptions import ConnectionError, TimeoutError

from recs.stores.connection import Client
from tests.servers.redis_servers import RedisCluster, RedisServer

Answer = TypeVar("Answer")

AMPLE = 5.0
"""A timeout (s) of tests that are not about timeouts."""


def holder(cluster: RedisCluster, client: Client, key: str) -> RedisServer:
    """Return the server that has a key."""
    assert isinstance(client, ClusterClient)
    port = client.get_node_from_key(key).port
    [node] = [node for node in cluster.nodes if node.port == port]
    return node


def move(client: Client, slot: int) -> None:
    """Give a slot to another node, behind the client's back."""
    assert isinstance(client, ClusterClient)
    source = client.nodes_manager.get_node_from_slot(slot)
    target = next(node for node in client.get_primaries() if node != source)
    target_node, source_node = map(client.get_redis_connection, (target, source))
    source_id, target_id = (
        node.execute_command("CLUSTER MYID").decode() for node in (source_node, target_node)
    )
    target_node.execute_command("CLUSTER SETSLOT", slot, "IMPORTING", source_id)
    source_node.execute_command("CLUSTER SETSLOT", slot, "MIGRATING", target_id)
    target_node.execute_command("CLUSTER SETSLOT", slot, "NODE", target_id)
    source_node.execute_command("CLUSTER SETSLOT", slot, "NODE", target_id)


def until_answered(call: Callable[[], Answer]) -> Answer:
    """Try again while nobody answers: a node that has just started refuses for 2 s."""
    deadline = monotonic() + 10
    while True:
        try:
            return call()
        except (ConnectionError, TimeoutError):
            if monotonic() > deadline:
                raise
            sleep(0.1)
