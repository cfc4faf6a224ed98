"""The statistics worker: bytes per event, one pass, one start. `python -m bench.counting`.

By events in the window, and by items. A pass follows after some users were shown ten items each and
interacted with one. `count_s`: what is done ten times a second; `thorough_s`: once a second; both
include writing the files. `thorough_most_s` is the longest of ten passes, the others are medians. A
start reads the snapshot, or the whole log, until everything is counted. Seconds are processor time
of this process; `wall`: by the clock.

    python -m bench.counting --heavy

measures instead: a user with 1,360 interactions makes one more, among 700 users and 9,125 items.
"""

import argparse
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench import world
from bench.processes import cost_of, own_bytes
from bench.report import report
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.log import Kind
from recs.types import Generation
from tests.servers.redis_servers import RedisServer
from workers.counting import Counting

PASSES = 10
USER_EVENTS = world.SHOWN + world.INTERACTIONS
LIST = 10


def main() -> None:
    parser = argparse.ArgumentParser("python -m bench.counting", description=__doc__)
    parser.add_argument("--events", type=int, nargs="+", default=[10**4, 10**5, 10**6, 5 * 10**6])
    parser.add_argument("--items", type=int, nargs="+", default=[10**3, 10**4, 10**5])
    parser.add_argument("--active", type=int, default=1_000, help="users in a pass")
    parser.add_argument("--heavy", action="store_true", help="one user of 1,360 interactions")
    asked = parser.parse_args()
    if asked.heavy:
        report("counting-heavy", [heavy()])
        return
    most_events, most_items = max(asked.events), max(asked.items)
    shapes = [(events, most_items) for events in asked.events]
    shapes += [(most_events, items) for items in asked.items if items != most_items]
    lines = []
    with TemporaryDirectory(dir="/var/tmp") as folder:
        redis = RedisServer(Path(folder) / "redis")
        redis.start()
        for number, (events, items) in enumerate(shapes):
            settings = world.settings_of(Path(folder) / str(number), redis.url)
            settings = replace(settings, statistics_window=max(events, 5_000_000))
            # A process of its own, so that its memory is that of a worker.
            with get_context("spawn").Pool(1) as pool:
                lines.append(pool.apply(measure, (settings, events, items, asked.active)))
                print(lines[-1], flush=True)
        redis.stop()
    report("counting", lines)


def measure(settings: Settings, events: int, items: int, active: int) -> dict[str, Any]:
    """Fill the log, count it, and measure."""
    with connection.long_timeout(settings.redis_url) as redis:
        stores = Stores(settings, redis)
        generation = world.begin(stores, items)
        n_users = events // USER_EVENTS
        write_log(stores, generation, n_users, items)
        before = own_bytes()
        counting = Counting(generation, stores)
        from_log = cost_of(lambda: _count_all(counting))
        _settle(counting)
        counting._save()
        used = own_bytes() - before
        passes = []
        for number in range(PASSES):
            _some_come(stores, generation, number, min(active, n_users), items)
            counting._read()
            count = cost_of(lambda: counting._publish(thoroughly=False))
            thorough = cost_of(lambda: counting._publish(thoroughly=True))
            passes.append((count, thorough))
        size = len(counting._window)
        counting._save()
        again = cost_of(lambda: _count_all(Counting(generation, stores)))
    return {
        "events": size,
        "items": items,
        "active": min(active, n_users),
        "MB": used / 2**20,
        "bytes_an_event": used / size,
        "count_s": float(np.median([count.processor for count, _ in passes])),
        "thorough_s": float(np.median([each.processor for _, each in passes])),
        "thorough_most_s": max(each.processor for _, each in passes),
        "from_log_s": from_log.processor,
        "from_log_wall_s": from_log.wall,
        "from_snapshot_s": again.processor,
        "from_snapshot_wall_s": again.wall,
    }


def heavy(n_items: int = 9_125, n_users: int = 700, count: int = 1_360) -> dict[str, Any]:
    """Measure a pass after a user with very many interactions makes one more."""
    window = world.window(n_items)
    world.take_in(window, world.users(0, n_users, n_items, interactions=30))
    rows = np.random.default_rng(1).permutation(n_items)[: count + PASSES]
    for place, row in enumerate(rows[:count].tolist()):
        window.record_interaction(world.user_id(n_users), row, 1, world.NOW + place)
    window.refresh()
    while window.n_waiting:
        window.refresh()
    passes = []
    for place, row in enumerate(rows[count:].tolist()):
        window.record_interaction(world.user_id(n_users), row, 1, world.NOW + count + place)
        passes.append(cost_of(window.refresh).processor)
        while window.n_waiting:
            window.refresh()
    return {
        "interactions": count,
        "items": n_items,
        "pass_s": float(np.median(passes)),
        "pass_most_s": max(passes),
    }


def write_log(stores: Stores, generation: Generation, count: int, n_items: int) -> None:
    """Log what users did, in lists of LIST items."""
    shown: list[list[str]] = []
    interactions: list[list[str]] = []
    for user in world.users(0, count, n_items):
        for start in range(0, len(user.shown), LIST):
            rows = " ".join(map(str, user.shown[start : start + LIST]))
            shown.append([user.id, rows, f"{world.NOW:.6f}"])
        for row, sign in zip(user.rows, user.signs, strict=True):
            action = "like" if sign > 0 else "dislike"
            interactions.append([user.id, f"item-{row}", action, f"{world.NOW:.6f}"])
        if len(shown) > 100_000:
            stores.log.append(generation, Kind.IMPRESSIONS, shown)
            stores.log.append(generation, Kind.INTERACTIONS, interactions)
            shown, interactions = [], []
    stores.log.append(generation, Kind.IMPRESSIONS, shown)
    stores.log.append(generation, Kind.INTERACTIONS, interactions)


def _some_come(
    stores: Stores, generation: Generation, number: int, active: int, n_items: int
) -> None:
    """Have users of the window come again: ten impressions and one interaction each."""
    rng = np.random.default_rng(number)
    shown, interactions = [], []
    for place in rng.integers(10**9, size=active).tolist():
        user = world.user_id(place % max(active * 10, 1))
        rows = (n_items * rng.random(LIST) ** 2).astype(np.int64)
        shown.append([user, " ".join(map(str, rows)), f"{world.NOW + 9:.6f}"])
        interactions.append([user, f"item-{rows[0]}", "like", f"{world.NOW + 9 + number:.6f}"])
    stores.log.append(generation, Kind.IMPRESSIONS, shown)
    stores.log.append(generation, Kind.INTERACTIONS, interactions)


def _count_all(counting: Counting) -> None:
    while counting.publish_news():
        pass


def _settle(counting: Counting) -> None:
    """Compute the similarity of all items."""
    while counting._window.n_waiting:
        counting._publish(thoroughly=True)


if __name__ == "__main__":
    main()
