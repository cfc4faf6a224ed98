"""Measures the service for the time series of the dashboard."""

from time import time
from typing import Any

from celery import Celery

from recs.stores import Stores
from recs.types import Generation, Json
from workers.queues import BROKER_ERRORS


def measure(stores: Stores, generation: Generation) -> Json:
    """Return totals, coverage, delays (ms) and how many users wait, at this moment."""
    newest = stores.statistics.newest(generation, "statistics")
    figures = newest[2].get("figures", {}) if newest else {}
    delays = stores.time_series.delays(generation)
    return {
        "time": time(),
        **figures.get("totals", {}),
        "coverage": figures.get("coverage", 0.0),
        "dead_letters": stores.log.count_dead_letters(generation),
        "waiting": stores.waiting.length(generation),
        "delay_p50_ms": _quantile(delays, 0.5),
        "delay_p95_ms": _quantile(delays, 0.95),
    }


def queue_length(celery: Celery, queue: str) -> int | None:
    """Return how many messages wait; None if the broker does not tell.

    Asks over the connection that the worker keeps: RabbitMQ logs each new one.
    """
    try:
        # Any: celery-types declares a producer here, and not all methods of a channel.
        connection: Any = celery.pool.acquire(block=True, timeout=1)
        with connection:
            return int(connection.default_channel.queue_declare(queue, passive=True).message_count)
    except BROKER_ERRORS:
        return None


def _quantile(ordered: list[float], share: float) -> float | None:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else None
