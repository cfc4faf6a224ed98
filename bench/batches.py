"""How many interactions a second POST /interactions takes: `python -m bench.batches`.

    python -m bench.batches --rows 50000 --users 2000

It starts a whole service. A client sends batches one after the other, as CSV. Then it waits until
all are in the log.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import httpx
import numpy as np

from bench import world
from recs.settings import Settings
from recs.stores.log import Kind, Log
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisServer
from tests.servers.service import Service

A_BATCH = 10_000


def main() -> int:
    parser = argparse.ArgumentParser("python -m bench.batches", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--users", type=int, default=2_000)
    parser.add_argument("--to", type=Path, help="a file for the figures, as JSON")
    asked = parser.parse_args()
    with TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        redis, rabbitmq = RedisServer(folder / "redis"), RabbitMQServer(folder / "rabbitmq")
        redis.start()
        rabbitmq.start()
        settings = world.settings_of(
            folder, redis.url, broker_url=rabbitmq.url, namespace=f"bench-{os.getpid()}"
        )
        service = Service(settings)
        try:
            service.start()
            figures = _measure(settings, asked)
        finally:
            service.stop()
            rabbitmq.close()
            redis.stop()
    print(*(f"{what}: {figure:,.0f}" for what, figure in figures.items()), sep="\n")
    if asked.to:
        asked.to.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


def _measure(settings: Settings, asked: argparse.Namespace) -> dict[str, float]:
    rng, items = np.random.default_rng(0), [f"i{n}" for n in range(5_000)]
    httpx.post(f"{settings.recommender}/cleanup", timeout=10).raise_for_status()
    body = {"item_ids": items}
    httpx.post(f"{settings.recommender}/add_items", json=body, timeout=30).raise_for_status()
    batches = [
        "user_id,item_id,rating\n"
        + "".join(
            f"u{rng.integers(asked.users)},{items[rng.integers(len(items))]},{rng.integers(1, 6)}\n"
            for _ in range(min(A_BATCH, asked.rows - start))
        )
        for start in range(0, asked.rows, A_BATCH)
    ]
    begun = monotonic()
    for batch in batches:
        answer = httpx.post(
            f"{settings.collector}/interactions",
            content=batch.encode(),
            headers={"Content-Type": "text/csv"},
            timeout=60,
        )
        assert answer.json()["refused"] == 0, answer.text
    confirmed = monotonic() - begun
    while _logged(settings) < asked.rows:
        sleep(0.05)
    logged = monotonic() - begun
    return {
        "rows": asked.rows,
        "confirmed a second": asked.rows / confirmed,
        "logged a second": asked.rows / logged,
    }


def _logged(settings: Settings) -> int:
    """Return how many interactions are in the log."""
    log = Log(settings.data_dir)
    newest = max(int(path.name) for path in (settings.data_dir / "generations").glob("[0-9]*"))
    portions = log.tail(newest, Kind.INTERACTIONS, {})  # type: ignore[arg-type]
    return sum(len(rows) for _, rows in portions)


if __name__ == "__main__":
    sys.exit(main())
