"""Figures for the engine room: top lists, and a sample every two seconds."""

from time import time

from kombu.exceptions import OperationalError

from recs.settings import Settings
from recs.stores import Stores
from recs.types import Json
from workers import celery, settings, stores


@celery.task(name="top")
def top() -> None:
    """Keep the list of the 100 most liked items."""
    stores().figures.write_top(stores().epochs.current())


@celery.task(name="sample")
def sample() -> None:
    """Take a sample of how the service does."""
    epoch = stores().epochs.current()
    stores().figures.keep_sample(epoch, measure(stores(), settings()))


def measure(stores: Stores, settings: Settings) -> Json:
    """Return totals, delays in milliseconds, coverage and queue length at this moment."""
    epoch = stores.epochs.current()
    delays = stores.figures.delays(epoch)
    return {
        "time": time(),
        **stores.figures.totals(epoch),
        "coverage": stores.figures.coverage(epoch),
        "queue": queue_length(settings.queue("reactions")),
        "delay_p50_ms": _quantile(delays, 0.5),
        "delay_p95_ms": _quantile(delays, 0.95),
    }


def queue_length(queue: str) -> int | None:
    """Return how many messages wait; None if the broker does not tell."""
    try:
        with celery.pool.acquire(block=True, timeout=1) as connection:
            return int(connection.default_channel.queue_declare(queue, passive=True).message_count)
    except (OperationalError, OSError, *celery.connection().channel_errors):
        return None


def _quantile(ordered: list[float], share: float) -> float | None:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None
