"""`python -m tests.chaos.backlog`: stops ingest while interactions come in, then lets it go on."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from time import monotonic, sleep

import psutil

from recs.stores import Stores
from recs.stores.rows import Kind
from recs.types import Generation
from tests.chaos import verify
from tests.chaos.client import Client
from tests.chaos.load import Attempt
from tests.chaos.stage import ITEMS, Stage
from tests.chaos.verify import STATISTICS, Logged

CLIENTS = 8
CAUGHT_UP_SECONDS_MOST = 300.0


@dataclass(frozen=True)
class Backlog:
    """What became of the interactions, and what they cost.

    slowest_seconds: of all answers. megabytes: process -> how much it grew while interactions
    waited, and how much at most while ingest caught up. caught_up_seconds: until the log, Redis
    and the item statistics had all of them.
    """

    accepted: int
    refused: int
    lost: int
    slowest_seconds: float
    megabytes: Mapping[str, tuple[float, float]]
    caught_up_seconds: float

    @property
    def caught_up_per_second(self) -> float:
        """Interactions a second."""
        return self.accepted / self.caught_up_seconds


def pile_up(stage: Stage, interactions: int) -> Backlog:
    """Let so many interactions wait, one per request, and measure how ingest catches up."""
    stage.begin_generation()
    worker = stage.service.process("ingest")
    before = _megabytes(stage)
    worker.suspend()
    try:
        attempts = _send_likes(stage.settings.collector_port, interactions)
    finally:
        waiting = _megabytes(stage)
        worker.resume()
    begun = monotonic()
    most = _catch_up(stage, sum(each.answer.ok for each in attempts))
    caught_up_seconds = monotonic() - begun
    accepted = [each for each in attempts if each.answer.ok]
    return Backlog(
        len(accepted),
        len(attempts) - len(accepted),
        verify.lost(attempts, Logged.read(stage.log_folder)),
        max(each.answer.ended - each.answer.begun for each in attempts),
        {name: (waiting[name] - size, most[name] - size) for name, size in before.items()},
        caught_up_seconds,
    )


def _send_likes(port: int, count: int) -> Sequence[Attempt]:
    """Send likes as fast as the collector answers, no pair of user and item twice."""

    def send(number: int) -> list[Attempt]:
        client, attempts = Client(port), []
        for turn in range(number, count, CLIENTS):
            user, item = f"user {turn // len(ITEMS)}", ITEMS[turn % len(ITEMS)]
            body = {"user_id": user, "item_ids": [item], "actions": ["like"]}
            attempts.append(Attempt(user, item, "like", client.ask("POST", "/interact", body)))
        client.close()
        return attempts

    with ThreadPoolExecutor(CLIENTS) as pool:
        return [each for attempts in pool.map(send, range(CLIENTS)) for each in attempts]


def _catch_up(stage: Stage, count: int) -> dict[str, float]:
    """Wait until everybody has so many interactions. Returns the most memory used."""
    most = _megabytes(stage)
    deadline = monotonic() + CAUGHT_UP_SECONDS_MOST
    with stage.stores() as stores:
        while not _has_all(stores, stage.generation, count) and monotonic() < deadline:
            sleep(0.1)
            most = {name: max(size, most[name]) for name, size in _megabytes(stage).items()}
    return most


def _has_all(stores: Stores, generation: Generation, count: int) -> bool:
    """Say whether the item statistics count so many likes, and Redis has the whole log."""
    newest = stores.statistics.newest(generation, STATISTICS)
    if newest is None or newest[1]["counts_likes"].sum() < count:
        return False
    applied = stores.applied.offsets(generation)
    sizes = stores.log.sizes(generation, Kind.INTERACTIONS)
    return all(applied.get(segment, 0) >= size for segment, size in sizes.items())


def _megabytes(stage: Stage) -> dict[str, float]:
    """Return the memory of every process that might hold what waits."""
    processes = {
        "RabbitMQ": psutil.Process(stage.broker.pid),
        "Redis": psutil.Process(stage.redis.pid),
        "collector": stage.service.process("collector"),
        "ingest": stage.service.process("ingest"),
    }
    return {
        name: sum(each.memory_info().rss for each in [top, *top.children(recursive=True)]) / 2**20
        for name, top in processes.items()
    }


def main() -> int:
    """Print the results. Returns 1 if an interaction was refused or lost."""
    parser = ArgumentParser(prog="python -m tests.chaos.backlog", description=__doc__)
    parser.add_argument("--interactions", type=int, default=60_000)
    options = parser.parse_args()
    with Stage(Path(mkdtemp(prefix="kinolenta-backlog-"))) as stage:
        found = pile_up(stage, options.interactions)
    print(
        f"{found.accepted:,} interactions accepted, {found.refused} refused, {found.lost} lost; "
        f"slowest answer {found.slowest_seconds:.2f} s\n"
        f"caught up in {found.caught_up_seconds:.1f} s: {found.caught_up_per_second:,.0f} a second"
    )
    for name, (waiting, most) in found.megabytes.items():
        print(f"{name:<10} {waiting:+6.0f} MB while they waited, {most:+6.0f} MB at most")
    return int(bool(found.refused or found.lost))


if __name__ == "__main__":
    sys.exit(main())
