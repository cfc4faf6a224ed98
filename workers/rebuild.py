"""Redis anew from what is on disk: `python -m workers.rebuild` (make rebuild)."""

from collections import Counter
from time import sleep

from tqdm import tqdm

from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.locks import alone
from recs.stores.state import RESTED_SECONDS
from recs.types import Generation
from workers import settings, stores
from workers.healing import LOCK_SECONDS, keep_impressions

KEYS_A_CALL = 1_000


class Busy(Exception):
    """Somebody else heals or rebuilds at this moment."""


def rebuild(stores: Stores, namespace: str) -> Counter[str]:
    """Forget what Redis has of the current generation, then read it all from disk again.

    Returns segment's kind -> rows. The service may run meanwhile. Lists, which are not on disk,
    are ranked anew by the caching worker. Raises Busy, RedisError, OSError.
    """
    generation = stores.generations.restore()
    while keep_impressions(stores, namespace):
        pass
    sleep(RESTED_SECONDS)  # younger segments are left to their writers
    lock = Keys(namespace, generation).lock("heal")
    with alone(stores.redis, lock, LOCK_SECONDS, renewed=True) as mine:
        if not mine:
            raise Busy(f"{lock} is held: try again when it is done")
        _drop(stores, namespace, generation)
        return _replay(stores, generation)


def _drop(stores: Stores, namespace: str, generation: Generation) -> None:
    """Delete the generation's keys, but not its locks."""
    keys = Keys(namespace, generation)
    locks = keys.lock("")
    found = stores.redis.scan_iter(keys.prefix + "*", count=KEYS_A_CALL)
    for key in tqdm(found, desc="forgetting", unit="key", disable=None):
        if not key.startswith(locks):
            stores.redis.unlink(key)


def _replay(stores: Stores, generation: Generation) -> Counter[str]:
    rows: Counter[str] = Counter()
    total = sum(stores.log.sizes(generation).values())
    with tqdm(total=total, desc="reading", unit="B", unit_scale=True, disable=None) as bar:

        def report(segment: str, count: int, size: int) -> None:
            rows[segment.split("-", 1)[0]] += count
            bar.update(size)

        stores.state.heal(generation, report)
    return rows


if __name__ == "__main__":
    for kind, count in rebuild(stores(), settings().namespace).items():
        print(f"{kind}: {count:,} rows")
