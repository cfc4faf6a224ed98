"""The old name of `redis_servers`. To be deleted when no test imports it any more."""

from tests.servers.redis_servers import REDIS_SERVER, RedisServer

__all__ = ["REDIS_SERVER", "RedisServer"]
