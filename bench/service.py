"""Starts a whole service, and the simulator against it: `python -m bench.service grade …`.

    python -m bench.service --cluster grade --data ../shared/ml-latest-small --users 100
    python -m bench.service bench --seconds 30

Starts every process of the Procfile on free ports, with its own RabbitMQ and its own Redis, or with
--cluster a Redis Cluster of three. Passes the other arguments to `python -m simulator`.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import redis

from bench import world
from recs.settings import Settings
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisCluster, RedisServer
from tests.servers.service import Service


def main() -> int:
    parser = argparse.ArgumentParser("python -m bench.service", description=__doc__)
    parser.add_argument("--cluster", action="store_true", help="three Redis servers, not one")
    parser.add_argument("simulator", nargs=argparse.REMAINDER, help="command and its options")
    asked = parser.parse_args()
    with TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        servers = (RedisCluster if asked.cluster else RedisServer)(folder / "redis")
        servers.start()
        rabbitmq = RabbitMQServer(folder / "rabbitmq")
        rabbitmq.start()
        settings = world.settings_of(
            folder, servers.url, broker_url=rabbitmq.url, namespace=f"bench-{os.getpid()}"
        )
        service = Service(settings)
        try:
            service.start()
            code = _play(settings, asked.simulator)
            print(f"errors in the service's log: {_errors(service.log)}")
            if isinstance(servers, RedisCluster):
                print(f"keys on each of three: {[_keys(node.url) for node in servers.nodes]}")
        finally:
            service.stop()
            rabbitmq.close()
            servers.stop()
    return code


def _play(settings: Settings, command: list[str]) -> int:
    where = ["--collector", settings.collector, "--recommender", settings.recommender]
    played = subprocess.run([sys.executable, "-m", "simulator", *command, *where], check=False)
    return played.returncode


def _errors(log: Path) -> int:
    return sum(b"ERROR" in line or b"Traceback" in line for line in log.read_bytes().splitlines())


def _keys(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        return int(client.dbsize())


if __name__ == "__main__":
    sys.exit(main())
