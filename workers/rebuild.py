"""Fills Redis again from what is on disk: what `kinolenta rebuild` does."""

from collections import Counter
from time import sleep

from tqdm import tqdm

from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.nodes import delete_matching
from recs.stores.replay import RESTED_SECONDS
from recs.types import Generation


def rebuild(stores: Stores) -> Counter[str]:
    """Forget what Redis has of the current generation, then apply the whole log again.

    Returns kind of segment -> rows. The service may run meanwhile, and `reconcile` may do a part of
    the work. Slates, which are not on disk, are ranked again. Raises RedisError, OSError.
    """
    generation = stores.generations.restore()
    sleep(RESTED_SECONDS)  # younger segments are left to their writers
    _forget(stores, generation)
    rows: Counter[str] = Counter()
    total = sum(stores.log.sizes(generation).values())
    with tqdm(total=total, desc="reading", unit="B", unit_scale=True, disable=None) as bar:

        def report(segment: str, count: int, size: int) -> None:
            rows[segment.split("-", 1)[0]] += count
            bar.update(size)

        stores.replay.reconcile(generation, report=report)
    return rows


def _forget(stores: Stores, generation: Generation) -> None:
    """Delete the generation's keys.

    Offsets are deleted at the end, because rows that are applied meanwhile may be deleted, too; and
    at the beginning, in case this process is killed before the end.
    """
    stores.applied.forget(generation)
    pattern = Keys(stores.settings.namespace, generation).pattern
    portions = delete_matching(stores.redis, pattern)
    with tqdm(desc="forgetting", unit="key", disable=None) as bar:
        for deleted in portions:
            bar.update(deleted)
    stores.applied.forget(generation)
