"""`make bench`: the service against floors and rivals, then what only it does.

Everything runs on this machine at once: a RabbitMQ, a Redis, the whole service, floors and rivals.
They are measured one at a time, in turns. `cpu_ms`: processor time of the web processes per
request. Writes bench/results/web.json, web.md and docs/images/performance.png.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep, time
from typing import Any

from tqdm import tqdm

from bench import world
from bench.counting import write_log
from bench.report import RESULTS
from bench.web import backlog, chart, freshness, idle, open_loop
from bench.web.closed_loop import Load, load
from bench.web.contestants import FLOORS, INTERACTIONS, LISTS, RIVALS, ROOT, Contestant
from bench.web.tables import compared, markdown
from recs.stores import Stores, connection
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisServer
from tests.servers.service import Service, environ_of

WORKERS = ("ingest", "rank", "statistics", "train", "maintain", "beat", "flower")
PARTS = ("lists", "interactions", "open", "fresh", "backlog", "rankers", "idle", "start")
PACES = (20, 100, 300)
OPEN_PACE = 500
ITEMS = 10_000
FLOOR_OF = {
    LISTS: "floor: Flask, one Redis GET",
    INTERACTIONS: "floor: Flask, one confirmed publish",
}
SETTLE_SECONDS = 120.0


def main() -> int:
    parser = argparse.ArgumentParser("python -m bench.web", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8, help="each, in a round")
    parser.add_argument("--users", type=int, default=3_000, help="who ask, all with a history")
    parser.add_argument("--quick", action="store_true", help="one short round, kept nowhere")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    asked = parser.parse_args()
    if asked.quick:
        asked.rounds, asked.seconds, asked.users = 1, 2, 500
    with TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as name:
        with running(Path(name), asked.users) as stage:
            results = measure(stage, asked)
        if "start" in asked.only:
            results["start"] = [{"start_s": idle.start_seconds(Path(name))}]
    if "rankers" in asked.only:
        results["rankers"] = _rankers(asked.quick)
    _write(results, is_kept=not asked.quick)
    return 0


class Stage:
    """What runs: the service, its stores, and all contestants."""

    def __init__(
        self, service: Service, stores: Stores, contestants: list[Contestant], folder: Path
    ) -> None:
        self.service, self.stores, self.folder = service, stores, folder
        self.contestants = contestants
        self.servers: dict[str, int] = {}

    def settle(self) -> None:
        """Wait until ingest and rankers have nothing to do."""
        generation = self.stores.generations.current()
        deadline = monotonic() + SETTLE_SECONDS
        quiet = 0
        while quiet < 10 and monotonic() < deadline:
            quiet = 0 if self.stores.waiting.length(generation) else quiet + 1
            sleep(0.1)


def measure(stage: Stage, asked: argparse.Namespace) -> dict[str, Any]:
    """Return name of a table -> its lines."""
    results: dict[str, Any] = {}
    if "idle" in asked.only:
        seconds = 5 if asked.quick else 30
        results["idle"] = [idle.measure(stage.service, stage.servers, seconds)]
    for table in (LISTS, INTERACTIONS):
        if table in asked.only:
            results[table] = compared(_rounds(stage, asked, table), FLOOR_OF[table])
    if "open" in asked.only:
        results["open"] = _open(stage, 3 if asked.quick else 20)
    if "fresh" in asked.only:
        lines = []
        for pace in tqdm(PACES, "from a like to its list"):
            stage.settle()
            lines.append(freshness.measure(stage.service.settings, pace, 3 if asked.quick else 15))
        results["fresh"] = lines
    if "backlog" in asked.only:
        total = 5_000 if asked.quick else 50_000
        results["backlog"] = []
        for a_message in tqdm((1, 100), "a full queue"):
            stage.settle()
            found = backlog.measure(stage.service, stage.stores, total, a_message)
            results["backlog"].append(found)
    return results


@contextmanager
def running(folder: Path, users: int) -> Iterator[Stage]:
    """Start everything, with users who have a history."""
    with ExitStack() as stack:
        redis = RedisServer(folder / "redis")
        rabbitmq = RabbitMQServer(folder / "rabbitmq")
        for server, end in ((redis, redis.stop), (rabbitmq, rabbitmq.close)):
            server.start()
            stack.callback(end)
        settings = world.settings_of(
            folder, redis.url, broker_url=rabbitmq.url, namespace=f"bench-{os.getpid()}"
        )
        service = Service(settings)
        service.start()
        stack.callback(service.stop)
        client = stack.enter_context(connection.long_timeout(redis.url))
        stores = Stores(settings, client)
        client.set("floor", "x" * 120)
        _fill(stores, users)
        environ = environ_of(settings) | {"REDIS_URL": redis.url, "CELERY_BROKER_URL": rabbitmq.url}
        others = [
            stack.enter_context(each.running(environ, folder))
            for each in tqdm((*FLOORS, *RIVALS), "starting", leave=False)
        ]
        stage = Stage(service, stores, [*_ours(service), *others], folder)
        stage.servers = {"redis": redis.pid, "rabbitmq": rabbitmq.pid}
        stage.settle()
        yield stage


def _ours(service: Service) -> list[Contestant]:
    settings = service.settings

    def recommender() -> list[Any]:
        return service.processes("recommender")

    def collector() -> list[Any]:
        return service.processes("collector")

    lists, interactions = settings.recommender_port, settings.collector_port
    return [
        Contestant("ours, all running", LISTS, lists, recommender),
        Contestant("ours, workers stopped", LISTS, lists, recommender, is_alone=True),
        Contestant("ours, /healthcheck", LISTS, lists, recommender, path="/healthcheck"),
        Contestant("ours, all running", INTERACTIONS, interactions, collector),
        Contestant("ours, workers stopped", INTERACTIONS, interactions, collector, is_alone=True),
    ]


def _fill(stores: Stores, users: int) -> None:
    """Write users with a history to the log and to Redis, and have them ranked."""
    generation = world.begin(stores, ITEMS)
    write_log(stores, generation, users, ITEMS)
    world.fill(stores, generation, 0, users, ITEMS)
    names = [world.user_id(number) for number in range(users)]
    sleep(3)  # the statistics worker counts
    stores.waiting.add(generation, names, time())


def _rounds(stage: Stage, asked: argparse.Namespace, table: str) -> dict[str, list[Load]]:
    those = [each for each in stage.contestants if each.of == table]
    rounds: dict[str, list[Load]] = {each.name: [] for each in those}
    turns = [(number, each) for number in range(asked.rounds) for each in those]
    progress = tqdm(turns, table)
    for number, each in progress:
        progress.set_postfix_str(each.name)
        stage.settle()
        with ExitStack() as stack:
            if each.is_alone:
                stack.enter_context(backlog.paused(stage.service, *WORKERS))
            if not number:
                load(each, 1, asked.users, ITEMS, stage.folder)
            rounds[each.name].append(load(each, asked.seconds, asked.users, ITEMS, stage.folder))
    return rounds


def _open(stage: Stage, seconds: float) -> list[dict[str, Any]]:
    lines = []
    for one in tqdm([each for each in stage.contestants if each.of == LISTS], "at a pace"):
        stage.settle()

        async def ask(pool: open_loop.Pool, number: int, one: Contestant = one) -> None:
            path = one.path or f"/recs/{world.user_id(number * 7919 % 3_000)}"
            open_loop.check(await pool.get(one.port, path))

        with ExitStack() as stack:
            if one.is_alone:
                stack.enter_context(backlog.paused(stage.service, *WORKERS))
            lines.append({"name": one.name} | open_loop.run(ask, OPEN_PACE, seconds))
    return lines


def _rankers(is_quick: bool) -> list[dict[str, Any]]:
    lines = []
    files = [RESULTS / f"{name}.json" for name in ("rankers", "explored")]
    kept = {file: file.read_bytes() for file in files}  # of docs/scaling.md
    try:
        for items in (10_000, 100_000):
            rounds = ("--rounds", "1", "--users", "500") if is_quick else ()
            command = [sys.executable, "-m", "bench.rankers", "--items", str(items), *rounds]
            subprocess.run(command, cwd=ROOT, check=True)
            for line in json.loads((RESULTS / "rankers.json").read_text()):
                lines.append({"items": items} | line)
    finally:
        for file, content in kept.items():
            file.write_bytes(content)
    return lines


def _write(results: dict[str, Any], is_kept: bool) -> None:
    """Print the results; keep them beside those of parts that were measured earlier."""
    print(f"\n{_text(results)}")
    if not is_kept:
        return
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / "web.json"
    with suppress(OSError, ValueError):
        results = json.loads(file.read_text()) | results
    file.write_text(json.dumps(results, indent=1) + "\n")
    (RESULTS / "web.md").write_text(_text(results) + "\n")
    drawn = {name: results[name] for name in (LISTS, INTERACTIONS) if name in results}
    if drawn:
        chart.draw(drawn, ROOT / "docs/images/performance.png")


def _text(results: dict[str, Any]) -> str:
    return "\n\n".join(f"## {name}\n\n{markdown(lines)}" for name, lines in results.items())


if __name__ == "__main__":
    sys.exit(main())
