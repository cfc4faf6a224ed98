"""Figures for the engine room: top lists, and a sample every two seconds."""

from time import time
from typing import Any

from celery import Celery
from kombu.exceptions import ChannelError, ConnectionError, OperationalError

from recs.stores import Stores
from recs.types import Generation, Json
from workers import celery, settings, stores


@celery.task(name="top")
def top() -> None:
    """Keep the list of the 100 most liked items."""
    stores().figures.write_top(stores().generations.current())


@celery.task(name="sample")
def sample() -> None:
    """Take a sample of how the service does."""
    generation = stores().generations.current()
    waiting = queue_length(celery, settings().queue("interactions"))
    stores().figures.keep_sample(generation, measure(stores(), generation) | {"queue": waiting})


def measure(stores: Stores, generation: Generation) -> Json:
    """Return totals, delays in milliseconds and coverage at this moment."""
    delays = stores.figures.delays(generation)
    return {
        "time": time(),
        **stores.figures.totals(generation),
        "coverage": stores.figures.coverage(generation),
        "delay_p50_ms": _quantile(delays, 0.5),
        "delay_p95_ms": _quantile(delays, 0.95),
    }


def queue_length(celery: Celery, queue: str) -> int | None:
    """Return how many messages wait; None if the broker does not tell."""
    try:
        # celery-types takes it for a producer, and knows less of channels than kombu has.
        connection: Any = celery.pool.acquire(block=True, timeout=1)
        with connection:
            return int(connection.default_channel.queue_declare(queue, passive=True).message_count)
    except (ChannelError, ConnectionError, OperationalError, OSError):
        return None


def _quantile(ordered: list[float], share: float) -> float | None:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None
