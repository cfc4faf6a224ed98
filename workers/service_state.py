"""The state of the service in numbers, read from Redis, the broker and the disk.

For workers/exporter.py. What does not answer is left out, and `kinolenta_server_up` says so.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from time import time

from celery import Celery
from redis.exceptions import RedisError

from celeryconfig import TASKS
from recs.errors import StoreUnavailable
from recs.stores import Stores
from recs.stores.tallies import Sample
from recs.types import Generation
from workers.queues import BROKER_ERRORS, counts
from workers.signs import consumer_of

GAUGES = {
    "server_up": "Whether a server answers: redis, broker.",
    "queue_messages": "Messages that wait in a queue of the broker.",
    "queue_consumers": "Workers that take from a queue.",
    "queue_age_seconds": "For how long the first message of the queue of interactions waits.",
    "worker_silence_seconds": "Since the last sign of life of a worker, by its queue.",
    "users_waiting": "Users who wait to be ranked, those who pause after a failure included.",
    "users_waiting_age_seconds": "For how long the first of them waits.",
    "users_failing": "Users whose last ranking raised.",
    "dead_letters": "Messages and lines set aside in dead-letters.csv of this generation.",
    "generation_start_timestamp_seconds": "When this generation began.",
    "events": "What has happened in this generation, by kind.",
    "statistics_age_seconds": "Since item statistics were published.",
    "statistics_window_events": "Impressions and interactions that count.",
    "statistics_items_waiting": "Items whose neighbours are to be computed again.",
    "response_ratio": "Likes and dislikes of this generation, by titles shown.",
    "coverage_ratio": "Known items that were shown to somebody.",
    "model_version": "The version of the model that ranks.",
    "model_created_timestamp_seconds": "When it was made.",
    "model_fit_duration_seconds": "How long its fit took.",
    "model_validation_ratio": "How well it predicts held-back likes, by measure.",
    "model_versions": "Versions that were made in this generation, by whether they were promoted.",
}
"""Name without prefix -> what it is."""
MEASURES = {"auc": "auc", "precision_at_10": "precision", "ndcg_at_10": "ndcg"}
Value = tuple[str, dict[str, str], float]
"""Name without prefix, labels, value."""
TIMEOUT_SECONDS = 1.0


class ServiceState:
    """Asked by one thread at a time."""

    def __init__(self, stores: Stores, celery: Celery, clock: Callable[[], float] = time) -> None:
        self._stores = stores
        self._settings = stores.settings
        self._celery = celery
        self._clock = clock
        self._empty_at = 0.0

    def values(self, tallies: dict[Sample, float] | None) -> Iterator[Value]:
        """Yield what can be read. tallies: what workers have counted; None if Redis is away."""
        until = (tallies or {}).get(("kinolenta_ingested_until_timestamp_seconds", ()), 0.0)
        yield from self._of_broker(until)
        yield "server_up", {"server": "redis"}, float(tallies is not None)
        generation = Generation(0)
        if tallies is not None:
            with suppress(RedisError, OSError, StoreUnavailable):
                generation = self._stores.generations.current()
                yield from self._of_redis(generation)
        with suppress(OSError, ValueError, LookupError):
            generation = generation or self._stores.generations.on_disk() or Generation(0)
            if generation:
                yield from self._of_disk(generation)
                yield from self._of_statistics(generation)
                yield from self._of_models(generation)

    def queue_age(self, messages: int, until: float) -> float:
        """Return how long the first message has waited at most (s).

        It was sent after the newest message that ingest has taken, and after a call of this method
        last saw the queue empty. until: when the newest that ingest has taken was sent.
        """
        now = self._clock()
        if not messages or not (until or self._empty_at):
            self._empty_at = now
        return now - min(max(until, self._empty_at), now) if messages else 0.0

    def _of_broker(self, until: float) -> Iterator[Value]:
        try:
            queues = counts(self._celery, self._settings, TASKS, TIMEOUT_SECONDS)
        except BROKER_ERRORS:
            yield "server_up", {"server": "broker"}, 0.0
            return
        yield "server_up", {"server": "broker"}, 1.0
        for name, (messages, consumers) in queues.items():
            yield "queue_messages", {"queue": name}, messages
            if not self._settings.broker_url.startswith("redis"):  # which counts no consumers
                yield "queue_consumers", {"queue": name}, consumers
        messages, _ = queues["interactions"]
        yield "queue_age_seconds", {}, self.queue_age(messages, until)

    def _of_redis(self, generation: Generation) -> Iterator[Value]:
        waiting = self._stores.waiting
        yield "users_waiting", {}, waiting.length(generation)
        since = waiting.oldest(generation)
        yield "users_waiting_age_seconds", {}, max(self._clock() - (since or self._clock()), 0.0)
        yield "users_failing", {}, waiting.failing(generation)
        names = {name: consumer_of(self._settings.queue(name)) for name in TASKS}
        ages = self._stores.signs.ages(list(names.values()))
        for name, sign in names.items():
            if (age := ages[sign]) is not None:
                yield "worker_silence_seconds", {"queue": name}, age

    def _of_disk(self, generation: Generation) -> Iterator[Value]:
        yield "generation_start_timestamp_seconds", {}, generation / 1000
        yield "dead_letters", {}, self._stores.log.count_dead_letters(generation)

    def _of_statistics(self, generation: Generation) -> Iterator[Value]:
        newest = self._stores.statistics.newest(generation, "statistics")
        if newest is None:
            return
        figures = newest[2]["figures"]
        totals = figures["totals"]
        for kind, count in totals.items():
            yield "events", {"kind": kind}, count
        yield "statistics_age_seconds", {}, max(self._clock() - figures["time"], 0.0)
        yield "statistics_window_events", {}, figures["window"]
        yield "statistics_items_waiting", {}, figures["similarity_waiting"]
        opinions = totals["likes"] + totals["dislikes"]
        yield "response_ratio", {}, opinions / max(totals["impressions"], 1)
        yield "coverage_ratio", {}, figures["coverage"]

    def _of_models(self, generation: Generation) -> Iterator[Value]:
        versions = self._stores.models.versions(generation)
        for promoted in (True, False):
            count = sum(each.promotion.promoted == promoted for each in versions)
            yield "model_versions", {"promoted": str(promoted).lower()}, count
        choice = self._stores.models.current(generation)
        current = next((each for each in versions if choice and each.number == choice.number), None)
        if current is None:
            return
        yield "model_version", {}, current.number
        yield "model_created_timestamp_seconds", {}, current.created
        yield "model_fit_duration_seconds", {}, current.report.seconds
        if quality := current.report.quality:
            for measure, name in MEASURES.items():
                yield "model_validation_ratio", {"measure": measure}, getattr(quality, name)
