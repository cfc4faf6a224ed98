"""What a web process counts, and /metrics, which adds up what all processes of its service count.

Imported by `create_app` only, after the fork: gunicorn_conf.py must first have set the folder in
which the processes of a service add up their counts.
"""

import os
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from threading import Lock
from time import perf_counter
from typing import TypeVar
from wsgiref.types import StartResponse, WSGIEnvironment

import prometheus_client as prometheus
from flask import Flask, Request, Response, current_app, request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from app.addresses import template
from app.background import Background
from app.short_way import BEGUN
from recs.interactions import Interaction

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Upper bounds of the histogram's buckets."""
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
OTHER = "other"
FOLD_SECONDS = 0.5
NOTES_MOST = 100_000
"""Notes kept until they are counted: those of some seconds at full load."""
Note = TypeVar("Note")
Answered = tuple[str, str, int]
"""Method, route, status."""


class Metrics:
    """Counts of one process. Any thread may note. A note costs a tenth of counting it later."""

    def __init__(self, service: str) -> None:
        self.registry = prometheus.CollectorRegistry()
        self._service = service
        self._answered: deque[tuple[Answered, float]] = deque(maxlen=NOTES_MOST)
        self._safe: deque[Sequence[Interaction]] = deque(maxlen=NOTES_MOST)
        self._served: deque[bytes] = deque(maxlen=NOTES_MOST)
        self._blind: deque[bool] = deque(maxlen=NOTES_MOST)
        self._count_dropped: Callable[[], int] = int
        self._dropped_before = 0
        self._lock = Lock()
        self._requests = self._counter(
            "http_requests", "Requests answered.", "service", "method", "route", "status"
        )
        self._durations = prometheus.Histogram(
            "kinolenta_http_request_duration_seconds",
            "From the first look at a request to its answer.",
            ["service", "route"],
            buckets=SECONDS,
            registry=self.registry,
        )
        if service == "collector":
            self._accepted = self._counter(
                "interactions_accepted", "Interactions that the broker has confirmed.", "action"
            )
            self._refused = self._counter(
                "interactions_refused",
                "Interactions that were not taken; a body that cannot be read counts as one.",
                "reason",
            )
        if service == "recommender":
            self._titles = self._counter(
                "titles_served", "Titles in lists of /recs, by what has found them.", "source"
            )
            self._fallbacks = self._counter(
                "lists_without_user", "Lists that were made without Redis, out of popular titles."
            )
            self._dropped = self._counter(
                "impressions_dropped", "Lists whose impressions could not be written."
            )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Note that a request was answered. route: the template, never the path."""
        self._answered.append(((method, route, status), seconds))

    def accepted(self, interactions: Sequence[Interaction]) -> None:
        """Note interactions that are safe."""
        self._safe.append(interactions)

    def refused(self, reason: str, count: int = 1) -> None:
        """Count interactions that were sent and are not taken."""
        self._refused.labels(reason).inc(count)

    def served(self, sources: bytes) -> None:
        """Note the titles of a list: a byte each, the position of its source in SOURCES."""
        self._served.append(sources)

    def served_without_user(self) -> None:
        """Note that a list was made without Redis."""
        self._blind.append(True)

    def follow_dropped(self, count: Callable[[], int]) -> None:
        """Count dropped impressions: `count` returns how many there were so far."""
        self._count_dropped = count

    def fold(self) -> None:
        """Count what was noted."""
        with self._lock:
            self._fold_requests()
            if self._service == "collector":
                actions = (each.action for some in _taken(self._safe) for each in some)
                for action, count in Counter(actions).items():
                    self._accepted.labels(action.value).inc(count)
            if self._service == "recommender":
                # Not at the top: it loads numpy, which a collector does not need.
                from recs.ranking.slates import SOURCES

                for source, count in Counter(b"".join([*_taken(self._served)])).items():
                    self._titles.labels(SOURCES[source]).inc(count)
                self._fallbacks.inc(sum(_taken(self._blind)))
                dropped = self._count_dropped()
                self._dropped.inc(dropped - self._dropped_before)
                self._dropped_before = dropped

    def text(self) -> bytes:
        """Return what all processes of this service have counted."""
        self.fold()
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return generate_latest(self.registry)
        together = prometheus.CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)

    def _fold_requests(self) -> None:
        seconds: dict[Answered, list[float]] = {}
        for answered, each in _taken(self._answered):
            seconds.setdefault(answered, []).append(each)
        for (method, route, status), times in seconds.items():
            self._requests.labels(self._service, method, route, str(status)).inc(len(times))
            observe_all(self._durations.labels(self._service, route), times)

    def _counter(self, name: str, what: str, *labels: str) -> prometheus.Counter:
        return prometheus.Counter(f"kinolenta_{name}", what, labels, registry=self.registry)


def observe_all(histogram: prometheus.Histogram, seconds: Sequence[float]) -> None:
    """Observe many values at once. prometheus_client would write each to the shared file alone."""
    for place, count in Counter(map(partial(bisect_left, SECONDS), seconds)).items():
        histogram._buckets[place].inc(count)
    histogram._sum.inc(sum(seconds))


def of(app: Flask) -> Metrics:
    """Return the metrics of an app."""
    found: Metrics = app.extensions["metrics"]
    return found


def of_app() -> Metrics:
    """Return the metrics of the app that answers."""
    return of(current_app)


def register(app: Flask, role: str) -> None:
    """Count every request of an app, and answer /metrics. To be called before all other hooks.

    bench/noting.py measures what this costs each request.
    """
    metrics = app.extensions["metrics"] = Metrics(role)
    inner = app.wsgi_app

    def begin(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[BEGUN] = perf_counter()
        return inner(environ, start_response)

    app.wsgi_app = begin  # type: ignore[method-assign]  # cheaper than before_request

    @app.after_request
    def note(answer: Response) -> Response:
        asked: Request = request._get_current_object()  # type: ignore[attr-defined]
        method, route = method_and_route(asked)
        metrics.answered(method, route, answer.status_code, seconds_since_begun(asked))
        return answer

    @app.get("/metrics", endpoint="metrics")
    def tell() -> Response:
        """Answer with what this service has counted, in the text format of Prometheus."""
        return Response(metrics.text(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def start_with(app: Flask) -> None:
    """Fold the metrics of an app while its process runs. To be called last."""
    metrics = of(app)
    folding = Background([metrics.fold], FOLD_SECONDS)
    app.extensions["after_fork"] = [*app.extensions.get("after_fork", ()), folding.start]
    before_exit = app.extensions.get("before_exit", ())
    app.extensions["before_exit"] = [*before_exit, folding.stop, metrics.fold]


def method_and_route(asked: Request) -> tuple[str, str]:
    """Return method and route as labels: not the address, which may hold an id; no odd method."""
    rule, method = asked.url_rule, asked.environ["REQUEST_METHOD"]
    if method not in METHODS:
        method = OTHER
    return method, OTHER if rule is None else template(rule.rule)


def seconds_since_begun(asked: Request) -> float:
    """Return how long a request has taken so far."""
    return perf_counter() - float(asked.environ[BEGUN])


def _taken(notes: deque[Note]) -> Iterator[Note]:
    """Take and yield the notes that are there now."""
    for _ in range(len(notes)):
        yield notes.popleft()
