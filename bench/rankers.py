"""Two rankers against one, and what they explore: `python -m bench.rankers`.

Real processes of the Procfile, with their own Redis and RabbitMQ. A round measures the time until
all waiting users are ranked, with one ranker (SIGSTOP stops the other) and with two.
`lists_a_cpu_s`: slates per second of the rankers' processor time, which other processes on these
cores do not change much. `lists_a_s`: by the clock. Medians, and the best round.
`twice`: two rankers of the same seed prepare 24 slates each; how many explored items of these come
twice, with the reservations in Redis. `twice_if_not_shared`: if each ranker had its own.
"""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import monotonic, sleep, time

import numpy as np
from celery import Celery

from bench import world
from bench.growth import asking, servers, start_ranker
from bench.processes import processor_seconds
from bench.report import report
from recs.ranking.ranker import Ranker, explored_in
from recs.ranking.reservations import Claim, Wish
from recs.ranking.sources import Sources
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.stores.published import PublishedStatistics
from recs.types import Generation
from simulator.reservations import LocalReservations
from tests.servers.processes import OwnProcess

N_ITEMS = 10_000
SLATES = 24


def main() -> None:
    parser = argparse.ArgumentParser("python -m bench.rankers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--users", type=int, default=3_000, help="who wait in a round")
    parser.add_argument("--items", type=int, default=N_ITEMS)
    asked = parser.parse_args()
    with (
        TemporaryDirectory(dir="/var/tmp") as folder,
        servers(Path(folder)) as settings,
        connection.long_timeout(settings.redis_url) as redis,
    ):
        stores = Stores(settings, redis)
        report("explored", [_explored(stores, users) for users in (200, 800, 20_000)])
        generation = world.begin(stores, asked.items)
        world.publish(stores, generation, asked.items)
        world.fill(stores, generation, 0, asked.users, asked.items)
        redis.delete(Keys(settings.namespace, generation).ranked)  # no ranking unasked
        lines = _race(stores, settings, generation, Path(folder), asked.rounds, asked.users)
    report("rankers", lines)


def _race(
    stores: Stores,
    settings: Settings,
    generation: Generation,
    folder: Path,
    rounds: int,
    n_users: int,
) -> list[dict[str, float]]:
    celery = asking(settings)
    rankers = [start_ranker(settings, folder, f"rank{number}") for number in range(2)]
    found: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
    for _ in range(2):  # both load what they need
        _round(stores, celery, generation, rankers, n_users)
    for _ in range(rounds):
        found[2].append(_round(stores, celery, generation, rankers, n_users))
        rankers[1].pause()
        found[1].append(_round(stores, celery, generation, rankers, n_users))
        rankers[1].resume()
    for ranker in rankers:
        ranker.stop()
    return [
        {
            "rankers": count,
            "lists_a_cpu_s": median(by_processor for by_processor, _ in each),
            "lists_a_s": median(by_clock for _, by_clock in each),
            "best_lists_a_s": max(by_clock for _, by_clock in each),
        }
        for count, each in found.items()
    ]


def _round(
    stores: Stores,
    celery: Celery,
    generation: Generation,
    rankers: list[OwnProcess],
    n_users: int,
) -> tuple[float, float]:
    """Return lists per second of processor time, and per second by the clock."""
    sleep(1.0)
    before = sum(processor_seconds(each.pid) for each in rankers)
    stores.waiting.add(generation, map(world.user_id, range(n_users)), time())
    begun, sent = monotonic(), 0.0
    while stores.waiting.length(generation):
        if monotonic() - sent > 0.25:  # two tasks each half second, so that nobody is idle
            celery.send_task("rank", expiration=5, ignore_result=True)
            sent = monotonic()
        sleep(0.01)
    elapsed = monotonic() - begun
    used = sum(processor_seconds(each.pid) for each in rankers) - before
    return n_users / used, n_users / elapsed


def _explored(stores: Stores, n_users: int) -> dict[str, int]:
    """Have two rankers prepare cold-start slates; count what both explore."""
    generation = world.begin(stores, N_ITEMS)
    world.publish(stores, generation, N_ITEMS, n_users)
    published = PublishedStatistics(stores.statistics, generation)
    published.refresh()
    assert published.statistics is not None
    sources = Sources(published.statistics)

    def shared(wishes: Sequence[Wish]) -> list[list[int]]:
        return stores.reserved.claim(generation, time(), wishes)

    def own() -> Claim:
        return partial(LocalReservations(120.0).claim, time())

    together, apart = (
        [
            row
            for claim in claims
            # Of the same seed, so that both see the same candidates: the worst case.
            for slate in Ranker(stores.settings.ranking, seed=0).cold_start_slates(
                sources, claim, SLATES, stores.settings.slate_lists
            )
            for row in explored_in(slate)
        ]
        for claims in ((shared, shared), (own(), own()))
    )
    return {
        "unexplored_items": int(np.count_nonzero(published.statistics.counts.impressions == 0)),
        "explored": len(together),
        "twice": len(together) - len(set(together)),
        "twice_if_not_shared": len(apart) - len(set(apart)),
    }


if __name__ == "__main__":
    main()
