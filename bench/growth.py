"""What grows with users and items, and what does not: `python -m bench.growth`.

A ranker is the process of the Procfile, with its own Redis and RabbitMQ. `ready_s`: from its start
until it has ranked a waiting user. `ranker_MB`: its memory without mapped files. `list_ms`: one
user's three lists, ranked as `rank` does (read, rank, write); `list_wall_ms`: with Redis's time.
`recs_ms`: one GET /recs in this process; `recs_wall_ms`: with Redis's time. Least of several
rounds. `redis_bytes`: memory of Redis per user, indexes included.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep, time

import psutil
from celery import Celery

from bench import world
from bench.processes import least_cost, own_bytes, resident_bytes
from bench.report import report
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.types import Generation
from tests.servers.processes import OwnProcess
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisServer
from tests.servers.service import environ_of

ROUNDS, USERS_A_ROUND = 9, 100
RANKER = (
    *(sys.executable, "-m", "celery", "-A", "workers", "worker", "-I", "workers.rank", "-P"),
    *("threads", "-c", "1", "--prefetch-multiplier", "1", "--without-gossip", "--without-mingle"),
)
FREE_BYTES = 6 * 2**30
"""Memory left free for other work on this machine."""


def main() -> None:
    parser = argparse.ArgumentParser("python -m bench.growth", description=__doc__)
    parser.add_argument("--users", type=int, nargs="+", default=[10**3, 10**4, 10**5, 10**6])
    parser.add_argument("--items", type=int, nargs="+", default=[10**3, 10**4, 10**5])
    parser.add_argument("--at-items", type=int, default=10**4, help="while users grow")
    parser.add_argument("--at-users", type=int, default=10**4, help="while items grow")
    asked = parser.parse_args()
    with TemporaryDirectory(dir="/var/tmp") as folder, servers(Path(folder)) as settings:
        by_users = []
        filled = 0
        with connection.long_timeout(settings.redis_url) as redis:
            stores = Stores(settings, redis)
            empty = redis.info("memory")["used_memory"]
            generation = _new_generation(stores, asked.at_items)
            for n_users in sorted(asked.users):
                if n_users * 2_500 > psutil.virtual_memory().available - FREE_BYTES:
                    sys.exit(f"there is no memory for {n_users:,} users")
                world.fill(stores, generation, filled, n_users - filled, asked.at_items)
                filled = n_users
                used = redis.info("memory")["used_memory"] - empty
                measured = _measure(settings, generation, n_users, asked.at_items)
                by_users.append(
                    {"users": n_users, "items": asked.at_items, **measured}
                    | {"redis_bytes": used / n_users}
                )
                print(by_users[-1], flush=True)
            redis.flushall()
            by_items = []
            for n_items in asked.items:
                generation = _new_generation(stores, n_items)
                world.fill(stores, generation, 0, asked.at_users, n_items)
                measured = _measure(settings, generation, asked.at_users, n_items)
                by_items.append({"users": asked.at_users, "items": n_items, **measured})
                print(by_items[-1], flush=True)
    report("growth-by-users", by_users)
    report("growth-by-items", by_items)


@contextmanager
def servers(folder: Path) -> Iterator[Settings]:
    """Run a Redis without persistence and a RabbitMQ; yield the settings of a service on them."""
    redis, rabbitmq = (
        RedisServer(folder / "redis", "--appendonly", "no"),
        RabbitMQServer(folder / "rabbitmq"),
    )
    redis.start()
    rabbitmq.start()
    try:
        yield world.settings_of(folder, redis.url, broker_url=rabbitmq.url)
    finally:
        rabbitmq.close()
        redis.stop()


def start_ranker(settings: Settings, folder: Path, name: str = "rank") -> OwnProcess:
    """Start a ranker as the Procfile does."""
    environ = environ_of(settings) | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    ranker = OwnProcess(
        [*RANKER, "-Q", settings.queue("ranking"), "-n", f"{name}-{os.getpid()}@%h"],
        folder / f"{name}.log",
        lambda: True,
        environ,
        folder=Path(__file__).parents[1],
    )
    ranker.start()
    return ranker


def asking(settings: Settings) -> Celery:
    """Return an app that sends `rank` tasks."""
    from kombu import Queue

    celery = Celery(broker=settings.broker_url)
    celery.conf.task_queues = [Queue(settings.queue("ranking"), durable=True)]
    celery.conf.task_default_queue = settings.queue("ranking")
    celery.conf.task_create_missing_queues = False
    return celery


def _new_generation(stores: Stores, n_items: int) -> Generation:
    generation = world.begin(stores, n_items)
    context = get_context("spawn")  # its memory is freed when it ends
    child = context.Process(target=_publish, args=(stores.settings, generation, n_items))
    child.start()
    child.join()
    return generation


def _publish(settings: Settings, generation: Generation, n_items: int) -> None:
    with connection.long_timeout(settings.redis_url) as redis:
        world.publish(Stores(settings, redis), generation, n_items)


def _measure(
    settings: Settings, generation: Generation, n_users: int, n_items: int
) -> dict[str, float]:
    ready, memory, resident = _start_one(settings, generation, n_users)
    with get_context("spawn").Pool(1) as pool:
        lists = pool.apply(_list_ms, (settings, generation, n_users))
    with get_context("spawn").Pool(1) as pool:
        recs = pool.apply(_recs_ms, (settings, n_users))
    return {
        **{"ready_s": ready, "ranker_MB": memory, "ranker_with_files_MB": resident},
        **{"list_ms": lists[0], "list_wall_ms": lists[1]},
        **{"recs_ms": recs[0], "recs_wall_ms": recs[1]},
    }


def _start_one(
    settings: Settings, generation: Generation, n_users: int
) -> tuple[float, float, float]:
    """Start a ranker; return seconds until it has ranked, and its memory after 2,000 more users."""
    with connection.long_timeout(settings.redis_url) as redis:
        waiting = Stores(settings, redis).waiting
        celery = asking(settings)
        waiting.add(generation, [world.user_id(0)], time())
        begun = monotonic()
        ranker = start_ranker(settings, settings.data_dir)
        sent = 0.0
        while waiting.length(generation):
            if monotonic() - sent > 0.5:  # as the beat does
                celery.send_task("rank", expiration=5, ignore_result=True)
                sent = monotonic()
            sleep(0.01)
        ready = monotonic() - begun
        step = max(n_users // 2_000, 1)
        waiting.add(generation, map(world.user_id, range(0, n_users, step)), time())
        while waiting.length(generation):
            celery.send_task("rank", expiration=5, ignore_result=True)
            sleep(0.2)
        memory, resident = own_bytes(ranker.pid), resident_bytes(ranker.pid)
        ranker.stop()
    return ready, memory / 2**20, resident / 2**20


def _list_ms(settings: Settings, generation: Generation, n_users: int) -> tuple[float, float]:
    """Return milliseconds of processor time, and by the clock, of one slate."""
    from recs.stores.vectors import connect
    from workers.rank import RankWorker

    with connection.long_timeout(settings.redis_url) as redis:
        stores = Stores(settings, redis)
        worker = RankWorker(stores, connect(settings))
        sources = worker._sources_of(generation)
        assert sources is not None
        users = [world.user_id(place) for place in range(0, n_users, max(n_users // 100, 1))]

        def rank() -> None:
            for start in range(0, len(users), 10):
                some = worker._some_users(generation)
                some.rank(some.states(users[start : start + 10]), sources)
                assert not some.failed

        rank()
        least = least_cost(rank, ROUNDS)
    return 1000 * least.processor / len(users), 1000 * least.wall / len(users)


def _recs_ms(settings: Settings, n_users: int) -> tuple[float, float]:
    """Return milliseconds of processor time, and by the clock, of one GET /recs."""
    from app import create_app

    app = create_app("recommender", settings)
    client = app.test_client()
    users = map(lambda number: world.user_id(number * 7919 % n_users), count())
    answer = client.get(f"/recs/{next(users)}")
    assert answer.status_code == 200, answer.text
    sleep(1.0)

    def ask() -> None:
        for _ in range(USERS_A_ROUND):
            answer = client.get(f"/recs/{next(users)}")
            assert answer.data.count(b"item-") == 10, answer.data

    least = least_cost(ask, ROUNDS)
    for stop in app.extensions["before_exit"]:
        stop()
    return 1000 * least.processor / USERS_A_ROUND, 1000 * least.wall / USERS_A_ROUND


if __name__ == "__main__":
    main()
