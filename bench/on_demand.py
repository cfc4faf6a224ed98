"""What lists cost that are ranked on demand: `python -m bench.on_demand`.

    python -m bench.on_demand --items 100000 --users 5000

In one process, with its own Redis and an invented catalogue and history: filtered lists, a group,
/similar of an item that many know and of a new one. Milliseconds of processor time (median) and by
the clock (median and 99th percentile).
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, time

import numpy as np

from app import create_app
from bench import world
from recs.interactions import Action, Interaction
from recs.stores import Stores, connection
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.servers.redis_servers import RedisServer
from workers.counting import Counting

GENRES = [f"genre {n}" for n in range(20)]
ASKED = {
    "prepared list": "/recs/u{n}",
    "genre": "/recs/u{n}?genre=genre 3",
    "rare: genre, kind, decade": "/recs/u{n}?genre=genre 3&kind=series&year=1970-1979",
    "exclude": "/recs/u{n}?exclude=i1,i2,i3",
    "group of two": "/recs?users=u{n},u7",
    "similar, many know it": "/similar/i{popular}",
    "similar, nobody met it": "/similar/new",
    "popular of a genre": "/popular?genre=genre 3",
    "latest of a genre": "/latest?genre=genre 3",
}


def main() -> int:
    parser = argparse.ArgumentParser("python -m bench.on_demand", description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=5_000)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--to", type=Path, help="a file for the figures, as JSON")
    asked = parser.parse_args()
    with TemporaryDirectory(dir="/var/tmp") as name:
        server = RedisServer(Path(name) / "redis")
        server.start()
        try:
            figures = _measure(Path(name), server.url, asked)
        finally:
            server.stop()
    for what, figure in figures.items():
        print(f"{what:28}", *(f"{key} {value:8.2f}" for key, value in figure.items()))
    if asked.to:
        asked.to.write_text(json.dumps(vars(asked) | {"to": "", "ms": figures}, indent=1) + "\n")
    return 0


def _measure(
    folder: Path, redis_url: str, asked: argparse.Namespace
) -> dict[str, dict[str, float]]:
    settings = world.settings_of(folder, redis_url)
    with connection.long_timeout(redis_url) as redis:
        stores = Stores(settings, redis)
        _fill(stores, stores.generations.begin(), asked)
    client = create_app("recommender", settings).test_client()
    client.application.extensions["recommender"].view.refresh()
    return {
        what: _timed(lambda n, address=address: client.get(  # type: ignore[misc]
            address.format(n=n % asked.users, popular=n % 100)
        ).status_code, asked.calls)
        for what, address in ASKED.items()
    }  # fmt: skip


def _fill(stores: Stores, generation: Generation, asked: argparse.Namespace) -> None:
    """Invent items of three genres, and users who like forty of them, by popularity."""
    rng = np.random.default_rng(0)
    stores.catalogues.of(generation).change(
        (
            ItemId(f"i{n}"),
            {
                "genres": [GENRES[each] for each in rng.integers(len(GENRES), size=3)],
                "year": int(rng.integers(1950, 2025)),
                "kind": "series" if n % 5 == 0 else "film",
            },
        )
        for n in range(asked.items)
    )
    stores.catalogues.of(generation).change([(ItemId("new"), {"genres": GENRES[:3], "year": 1990})])
    chosen = (asked.items * rng.random((asked.users, 40)) ** 4).astype(np.int64)
    now = time()
    for start in range(0, asked.users, 500):
        said = [
            Interaction(UserId(f"u{user}"), ItemId(f"i{item}"), Action.LIKE, now)
            for user in range(start, min(start + 500, asked.users))
            for item in chosen[user].tolist()
        ]
        span = stores.log.append(generation, Kind.INTERACTIONS, [each.to_row() for each in said])
        stores.replay.apply(generation, span, said)
    counting = Counting(generation, stores)
    while counting.publish_news():
        pass


def _timed(call: Callable[[int], int], count: int) -> dict[str, float]:
    for n in range(5):
        assert call(n) == 200
    elapsed, processor = [], []
    for n in range(count):
        began, busy = perf_counter(), process_time()
        call(n)
        elapsed.append(1000 * (perf_counter() - began))
        processor.append(1000 * (process_time() - busy))
    return {
        "cpu p50": median(processor),
        "p50": median(elapsed),
        "p99": quantiles(elapsed, n=100)[98],
    }


if __name__ == "__main__":
    sys.exit(main())
