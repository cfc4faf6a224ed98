"""Bytes of Redis per user, by visits and interactions: `python -m bench.redis_bytes`.

Users with ids of 36 characters visit and interact through the stores of the service, are ranked,
and wait again. The result is all memory of Redis, indexes and expirations included, per user.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench import world
from bench.report import report
from recs.ranking.slates import ENTRY, Entries
from recs.stores import Stores, connection
from recs.types import Generation
from tests.servers.redis_servers import RedisServer

N_USERS, N_ITEMS = 5_000, 100_000
HISTORIES = ((1, 0), (3, 5), (6, 8), (30, 60))


def main() -> None:
    with TemporaryDirectory(dir="/var/tmp") as folder:
        server = RedisServer(Path(folder) / "redis", "--appendonly", "no")
        server.start()
        settings = world.settings_of(Path(folder), server.url)
        with connection.long_timeout(server.url) as redis:
            stores = Stores(settings, redis)
            report("redis-bytes", [_measure(stores, *each) for each in HISTORIES])
        server.stop()


def _measure(stores: Stores, visits: int, interactions: int) -> dict[str, float]:
    generation, rng = Generation(visits), np.random.default_rng(0)
    stores.redis.flushall()
    before = stores.redis.info("memory")["used_memory"]
    for number in range(N_USERS):
        user = world.user_id(number)
        for _ in range(visits):
            slate = _slate(rng).tobytes()
            stores.users.serve(generation, user, 10, world.NOW, slate, slate)
        rows = rng.choice(N_ITEMS, interactions, replace=False).tolist()
        stores.users.record(generation, [(user, row, 1, world.NOW) for row in rows])
        stores.users.write_slates(generation, {user: _slate(rng)}, world.NOW)
        stores.waiting.add(generation, [user], world.NOW)
        stores.waiting.note_ranked(generation, [user], world.NOW)
    used = stores.redis.info("memory")["used_memory"] - before
    return {"visits": visits, "interactions": interactions, "bytes": used / N_USERS}


def _slate(rng: np.random.Generator) -> Entries:
    entries = np.zeros(world.SLATE, ENTRY)
    entries["row"] = rng.integers(N_ITEMS, size=world.SLATE)
    return entries


if __name__ == "__main__":
    main()
