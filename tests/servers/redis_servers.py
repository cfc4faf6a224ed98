"""Private Redis servers: one alone, and a cluster of three."""

import time
from contextlib import ExitStack
from pathlib import Path

import redis

from tests.servers.ports import own_port
from tests.servers.processes import OwnProcess

# With its path: it is what `make services` installs, whatever else is on the PATH.
REDIS_SERVER = Path("/usr/bin/redis-server")

SLOTS = 16_384
CLUSTER_SECONDS = 20.0


class RedisServer(OwnProcess):
    """A Redis with an append-only file, as the service wants it."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = own_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        common = f"--port {self.port} --bind 127.0.0.1 --appendonly yes --save --dir".split()
        command = [REDIS_SERVER, *common, folder, *options]
        super().__init__(command, folder / "redis.log", self._answers)

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):
            return False


class RedisCluster:
    """A Redis Cluster of three masters without replicas, each with a third of the slots.

    url: `redis+cluster://127.0.0.1:<port of the first>`. nodes: the three servers, in the order of
    their slots.
    """

    def __init__(self, folder: Path, n_nodes: int = 3) -> None:
        self._bus_ports = [own_port() for _ in range(n_nodes)]
        self.nodes = [
            RedisServer(folder / str(number), *_options(bus_port))
            for number, bus_port in enumerate(self._bus_ports)
        ]
        self.url = f"redis+cluster://127.0.0.1:{self.nodes[0].port}"

    def start(self) -> None:
        """Start the nodes, make them one cluster, and wait until each says that all slots serve.

        Takes 2.1 s, for a master that has just started refuses commands for 2 s in any case
        (CLUSTER_WRITABLE_DELAY of Redis, not a setting).
        """
        for node in self.nodes:
            node.start()
        with ExitStack() as stack:
            clients = [
                stack.enter_context(redis.Redis.from_url(node.url, decode_responses=True))
                for node in self.nodes
            ]
            self._join(clients)
            deadline = time.monotonic() + CLUSTER_SECONDS
            while not all(_is_complete(client, len(clients)) for client in clients):
                if time.monotonic() > deadline:
                    raise RuntimeError(f"no cluster: {clients[0].execute_command('CLUSTER INFO')}")
                time.sleep(0.02)

    def kill_one(self, client: redis.RedisCluster, *keys: str) -> RedisServer:
        """Kill a node that has none of these keys; the others serve their slots all the same."""
        for node in self.nodes:
            with redis.Redis.from_url(node.url) as each:
                each.config_set("cluster-require-full-coverage", "no")
        ports = {client.get_node_from_key(key).port for key in keys}
        away = next(node for node in self.nodes if node.port not in ports)
        away.kill()
        return away

    def stop(self) -> None:
        """Stop the nodes. Stopping what does not run is harmless."""
        for node in self.nodes:
            node.stop()

    def _join(self, clients: list[redis.Redis]) -> None:
        """Share the slots out and introduce the nodes to each other."""
        for number, client in enumerate(clients):
            first = SLOTS * number // len(clients)
            last = SLOTS * (number + 1) // len(clients) - 1
            # Different epochs from the start: otherwise the nodes first settle who has which. An
            # epoch can be set only while a node knows no other.
            client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
            client.execute_command("CLUSTER ADDSLOTSRANGE", first, last)
        # Each meets each: when one introduces all, gossip may take a second longer.
        for client in clients:
            for node, bus_port in zip(self.nodes, self._bus_ports, strict=True):
                client.execute_command("CLUSTER MEET", "127.0.0.1", node.port, bus_port)


def _options(bus_port: int) -> list[str]:
    """Return what a cluster's node has on its command line besides."""
    return f"--cluster-enabled yes --cluster-port {bus_port}".split()


def _is_complete(client: redis.Redis, n_nodes: int) -> bool:
    """Say whether this node knows all nodes and finds all slots served."""
    info = client.execute_command("CLUSTER INFO")
    return info["cluster_state"] == "ok" and info["cluster_known_nodes"] == str(n_nodes)
