"""What workers count, and how it gets to workers/exporter.py, which tells Prometheus.

Each worker adds what is new to sums in Redis, every two seconds: docs/decisions/0018-metrics.md.
"""

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Any
from uuid import uuid4

from celery.signals import worker_ready, worker_shutdown
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from redis.exceptions import RedisError

from recs.stores.tallies import Sample, Tallies
from workers import stores

log = logging.getLogger(__name__)

PUSH_SECONDS = 2.0
LAST_SECONDS = 1.0
"""How long a worker that stops waits for Redis, at most."""
DELAYS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0)
PASSES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

REGISTRY = CollectorRegistry()
INGESTED = Counter(
    "kinolenta_interactions_ingested",
    "Interactions that ingest has written to the log.",
    ["action"],
    registry=REGISTRY,
)
INGEST_DELAY = Histogram(
    "kinolenta_ingest_delay_seconds",
    "From sending a message of interactions to its place in the log.",
    buckets=DELAYS,
    registry=REGISTRY,
)
INGESTED_UNTIL = Gauge(
    "kinolenta_ingested_until_timestamp_seconds",
    "When the newest message that ingest has taken was sent.",
    registry=REGISTRY,
)
LIST_DELAY = Histogram(
    "kinolenta_list_delay_seconds",
    "From an interaction (or a list that was used up) to the list that was ranked with it.",
    buckets=DELAYS,
    registry=REGISTRY,
)
RANKED = Counter("kinolenta_users_ranked", "Users whose lists were written.", registry=REGISTRY)
RANKING_FAILURES = Counter(
    "kinolenta_ranking_failures", "Rankings of a user that raised.", registry=REGISTRY
)
PASS_DURATION = Histogram(
    "kinolenta_statistics_pass_duration_seconds",
    "Duration of computing and publishing item statistics once.",
    buckets=PASSES,
    registry=REGISTRY,
)


class Pusher:
    """Adds what this process has counted to the sums in Redis, from a thread of its own."""

    def __init__(self, tallies: Callable[[], Tallies], seconds: float = PUSH_SECONDS) -> None:
        self._tallies = tallies
        self._seconds = seconds
        self._name = uuid4().hex
        self._number = 1
        self._pushed: dict[Sample, float] = {}
        self._pushing: tuple[dict[Sample, float], ...] | None = None
        """What the next push repeats, with its number: Redis may have it, and did not say so."""
        self._over = Event()
        self._thread = Thread(target=self._run, name="metrics", daemon=True)

    def start(self, **_: Any) -> None:
        """Push from time to time."""
        self._thread.start()

    def stop(self, **_: Any) -> None:
        """Push for the last time."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(LAST_SECONDS)

    def push(self) -> None:
        """Add what is new since the last push. Raises RedisError: then the next push adds it."""
        counted, news, latest = self._pushing or self._new()
        if news:
            self._pushing = counted, news, latest
            self._tallies().add(news, latest, self._name, self._number)
            self._pushed, self._pushing = counted, None
            self._number += 1

    def _new(self) -> tuple[dict[Sample, float], ...]:
        """Return what is counted, what of it is new, and the latest values of gauges."""
        counted = _samples("counter", "histogram")
        news = {
            sample: value - self._pushed.get(sample, 0.0)
            for sample, value in counted.items()
            if value != self._pushed.get(sample, 0.0)
        }
        return counted, news, {sample: at for sample, at in _samples("gauge").items() if at}

    def _run(self) -> None:
        is_over = False
        while not is_over:
            is_over = self._over.wait(self._seconds)
            try:
                self.push()
            except RedisError as error:
                log.warning("Redis takes no metrics: %s", error)


def _samples(*types: str) -> dict[Sample, float]:
    """Return what this process has counted since it began. types: of metrics."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in REGISTRY.collect()
        if family.type in types
        for sample in family.samples
        if not sample.name.endswith("_created")
    }


_of_this_process = Pusher(lambda: stores().tallies)
worker_ready.connect(_of_this_process.start)
worker_shutdown.connect(_of_this_process.stop)
