"""The cluster that the tests of the stores stand on."""

import redis

from tests.servers.redis_servers import RedisCluster


def test_keys_spread_over_three_servers(
    redis_cluster_server: RedisCluster, redis_cluster_url: str, namespace: str
) -> None:
    with redis.RedisCluster.from_url(redis_cluster_url.replace("redis+cluster", "redis")) as client:
        for number in range(60):
            client.set(f"{namespace}:{number}", "kept")
        client.disconnect_connection_pools()  # `close` leaves connections open

    for node in redis_cluster_server.nodes:
        with redis.Redis.from_url(node.url) as alone:
            assert alone.keys(f"{namespace}:*")
