"""What the engine room shows: figures out of Redis, and how the servers are."""

from collections.abc import Callable, Mapping
from time import time

from recs.stores import Stores
from recs.types import Json

SAMPLES = 300
TITLES = 10


def gather(stores: Stores, checks: Mapping[str, Callable[[], str]]) -> Json:
    """Return all figures of the current epoch."""
    epoch = stores.epochs.current()
    figures = stores.figures
    return {
        "epoch": epoch,
        "now": time(),
        "totals": figures.totals(epoch),
        "samples": figures.samples(epoch, SAMPLES),
        "top_liked": figures.most(epoch, "likes", TITLES),
        "top_shown": figures.most(epoch, "impressions", TITLES),
        "servers": {name: check() for name, check in checks.items()},
    }
