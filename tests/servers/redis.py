"""A private redis-server."""

from pathlib import Path

import redis

from launch.places import free_port
from tests.servers.processes import OwnProcess

# By its place, for the wheel of trial mode puts an older one of that name first on the PATH.
REDIS_SERVER = Path("/usr/bin/redis-server")


class RedisServer(OwnProcess):
    """A Redis with an append-only file, as the service wants it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        options = f"--port {self.port} --bind 127.0.0.1 --appendonly yes --save --dir".split()
        super().__init__([REDIS_SERVER, *options, folder], folder / "redis.log", self._answers)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False
