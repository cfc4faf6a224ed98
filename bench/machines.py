"""1, 2 and 4 ingest workers and rankers, and two recommenders, on a Redis Cluster of three.

    python -m bench.machines

All run on this machine, with a RabbitMQ. So this measures what each server does for them, and which
one is full first. `cpu_…`: percent of one core meanwhile. `wrong`: users whose interactions, sent
through all workers in any order, did not end as their latest timestamps say.
"""

import argparse
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep, time

from celery import Celery
from kombu import Connection

from app.prepared import PreparedTask
from bench import world
from bench.growth import RANKER, asking
from bench.processes import processor_seconds
from bench.report import report
from bench.waiting import wait
from bench.web import open_loop
from bench.web.contestants import speaks_http
from launch.endpoints import free_port
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.log import Kind
from recs.types import Generation, UserId
from tests.servers.processes import OwnProcess
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisCluster
from tests.servers.service import ROOT, environ_of
from workers.queues import queue

ITEMS, A_MESSAGE = 10_000, 10
WORKER = (sys.executable, "-m", "celery", "-A", "workers", "worker", "-P", "threads", "-c", "1")
TIMES = 5
"""Interactions of each user, all with one item."""


class Stage:
    """The servers, and how busy they are."""

    def __init__(self, settings: Settings, servers: dict[str, int], stores: Stores) -> None:
        self.settings, self.servers, self.stores = settings, servers, stores
        self.generation: Generation = world.begin(stores, ITEMS)
        world.publish(stores, self.generation, ITEMS)

    @contextmanager
    def workers(self, count: int, folder: Path) -> Iterator[list[OwnProcess]]:
        """Run `count` ingest workers and rankers; yield the ingest workers, paused."""
        environ = environ_of(self.settings) | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        with ExitStack() as stack:
            ingest = []
            for number in range(count):
                for name, start, where in (
                    ("ingest", (*WORKER, "-I", "workers.ingest"), "interactions"),
                    ("rank", RANKER, "ranking"),
                ):
                    command = (
                        *start, "-Q", self.settings.queue(where),
                        "-n", f"{name}-{count}-{number}-{os.getpid()}@%h",
                        "--without-gossip", "--without-mingle",
                    )  # fmt: skip
                    worker = OwnProcess(
                        command, folder / f"{name}.log", lambda: True, environ, folder=ROOT
                    )
                    worker.start()
                    stack.callback(worker.stop)
                    self.servers[f"{name}-{number}"] = worker.pid
                    if name == "ingest":
                        ingest.append(worker)
            sleep(8)  # they load
            for each in ingest:
                each.pause()
            yield ingest
        for number in range(count):
            del self.servers[f"ingest-{number}"], self.servers[f"rank-{number}"]

    def busy(self, do: Callable[[], object]) -> tuple[float, dict[str, float]]:
        """Do something; return its seconds, and the percent of a core of each server."""
        before = {name: processor_seconds(pid) for name, pid in self.servers.items()}
        begun = monotonic()
        do()
        took = monotonic() - begun
        used = {
            name: 100 * (processor_seconds(pid) - before[name]) / took
            for name, pid in self.servers.items()
        }
        return took, used


def main() -> None:
    parser = argparse.ArgumentParser("python -m bench.machines", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--users", type=int, default=10_000)
    asked = parser.parse_args()
    with TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with running(folder) as stage:
            lines = [_measure(stage, folder, count, asked.users) for count in asked.workers]
            report("machines", lines)
            report("recommenders", [_recommend(stage, folder, n, asked.users) for n in (1, 2)])


@contextmanager
def running(folder: Path) -> Iterator[Stage]:
    """Start a RabbitMQ and a cluster."""
    cluster, rabbitmq = RedisCluster(folder / "redis"), RabbitMQServer(folder / "rabbitmq")
    cluster.start()
    rabbitmq.start()
    settings = world.settings_of(
        folder, cluster.url, broker_url=rabbitmq.url, namespace=f"machines-{os.getpid()}"
    )
    servers = {f"redis-{n}": node.pid for n, node in enumerate(cluster.nodes)}
    try:
        with connection.long_timeout(cluster.url) as redis:
            yield Stage(settings, servers | {"rabbitmq": rabbitmq.pid}, Stores(settings, redis))
    finally:
        rabbitmq.close()
        cluster.stop()


def _measure(stage: Stage, folder: Path, count: int, users: int) -> dict[str, float | str]:
    stores, generation = stage.stores, stage.generation
    wanted = _interactions(users)
    with stage.workers(count, folder) as ingest:
        before = _logged(stores)
        _send(stage, wanted)
        for each in ingest:
            each.resume()
        until = before + sum(len(",".join(row)) + 1 for row in wanted)
        took, used = stage.busy(lambda: wait(lambda: _logged(stores) >= until))
        wrong = _wrong(stage, wanted)
        celery = asking(stage.settings)
        wait(lambda: _rank(stage, celery))
        stores.waiting.add(generation, [world.user_id(n) for n in range(users)], time())
        ranking, ranked = stage.busy(lambda: wait(lambda: _rank(stage, celery)))
    fullest = max(used, key=lambda name: used[name])
    return {
        "workers": count,
        "ingested_a_s": len(wanted) / took,
        "cpu_ingest": sum(used[name] for name in used if name.startswith("ingest")),
        "cpu_redis_most": max(used[name] for name in used if name.startswith("redis")),
        "cpu_rabbitmq": used["rabbitmq"],
        "lists_a_s": users / ranking,
        "cpu_rank": sum(ranked[name] for name in ranked if name.startswith("rank")),
        "cpu_redis_most_ranking": max(ranked[n] for n in ranked if n.startswith("redis")),
        "wrong": wrong,
        "busiest": fullest,
    }


def _interactions(users: int) -> list[list[str]]:
    """Return TIMES interactions of each user with an item, shuffled; the latest is a dislike."""
    rows = [
        [world.user_id(user), f"item-{user % ITEMS}", "like", f"{time() - 100 + turn:.6f}"]
        for user in range(users)
        for turn in range(TIMES - 1)
    ]
    rows += [
        [world.user_id(user), f"item-{user % ITEMS}", "dislike", f"{time() - 50:.6f}"]
        for user in range(users)
    ]
    random.Random(0).shuffle(rows)
    return rows


def _send(stage: Stage, rows: Sequence[list[str]]) -> None:
    settings = stage.settings
    with Connection(settings.broker_url) as broker:
        waiting = queue(settings, "interactions").bind(broker.default_channel)
        waiting.declare()
        prepared = PreparedTask(Celery(), settings.queue("interactions"))
        for start in range(0, len(rows), A_MESSAGE):
            prepared.send(
                broker.default_channel, (stage.generation, rows[start : start + A_MESSAGE]), {}
            )
        waiting.queue_declare(passive=True)


def _logged(stores: Stores) -> int:
    return sum(stores.log.sizes(stores.generations.current(), Kind.INTERACTIONS).values())


def _wrong(stage: Stage, wanted: Sequence[list[str]]) -> int:
    sleep(2)  # the last batch
    users = {row[0] for row in wanted}
    return sum(
        -1 not in stage.stores.users.interactions(stage.generation, UserId(user)).values()
        for user in users
    )


def _rank(stage: Stage, celery: Celery) -> bool:
    celery.send_task("rank", expiration=5, ignore_result=True)
    sleep(0.05)
    return not stage.stores.waiting.length(stage.generation)


def _recommend(stage: Stage, folder: Path, count: int, users: int) -> dict[str, float]:
    """Ask `count` recommenders in turn for lists, at a pace."""
    ports = [free_port() for _ in range(count)]
    environ = environ_of(stage.settings)
    with ExitStack() as stack:
        for port in ports:
            command = (
                *(sys.executable, "-m", "gunicorn", "-c", "app/gunicorn_conf.py", "-w", "1"),
                *("--threads", "4", "-b", f"127.0.0.1:{port}", "app:create_app('recommender')"),
            )
            server = OwnProcess(
                command, folder / f"{port}.log", partial(speaks_http, port), environ,
                folder=ROOT,
            )  # fmt: skip
            server.start()
            stack.callback(server.stop)

        async def ask(pool: open_loop.Pool, number: int) -> None:
            path = f"/recs/{world.user_id(number % users)}"
            open_loop.check(await pool.get(ports[number % count], path))

        return {"recommenders": count} | open_loop.run(ask, 200, 10)


if __name__ == "__main__":
    main()
