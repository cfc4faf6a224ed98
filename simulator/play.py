"""Plays the users of a data set against the running service, over HTTP."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock
from urllib.parse import quote

from simulator.client import Answer, Client
from simulator.datasets import Dataset
from simulator.schedule import PHASES, Visit, visits
from simulator.scores import Scores
from simulator.traffic import Traffic

TICK_SECONDS = 0.5
ROWS_A_CALL = 5_000


class NotReadyError(Exception):
    """The service cannot be played against. The message says what to do."""


@dataclass(frozen=True)
class Options:
    """How to play. pace: visits due per second, 0 for as many as the service takes.

    learning_seconds: between the import of a history and the first visit.
    """

    collector: str = "http://127.0.0.1:5000"
    recommender: str = "http://127.0.0.1:5001"
    token: str = ""
    seed: int = 1
    per_phase: int = 3
    pace: float = 20.0
    threads: int = 8
    timeout_seconds: float = 10.0
    learning_seconds: float = 90.0


@dataclass(frozen=True)
class Clients:
    """The clients of one thread."""

    collector: Client
    recommender: Client


class Game:
    """One run over a data set. scores and traffic hold what has happened so far."""

    def __init__(self, dataset: Dataset, options: Options) -> None:
        self.dataset = dataset
        self.options = options
        self.scores = Scores(dataset)
        self.traffic = Traffic()
        self.planned = list(visits(dataset, options.seed, options.per_phase))
        self.seconds = 0.0
        self.processor_seconds = 0.0
        self.complete = False
        self._scoring = Lock()
        self._stop = Event()

    def play(self, tick: Callable[[], None]) -> None:
        """Clean up, add the catalogue, and play every visit. Ctrl-C ends it early.

        tick: called every half second, and at the end of a phase. Raises NotReadyError if a service
        does not answer, or refuses the preparation.
        """
        self.prepare()
        self._bring_history(tick)
        start, processor = time.perf_counter(), time.process_time()
        try:
            for phase in PHASES:
                if phase == PHASES[-1] and self.dataset.late:
                    self._add_late_items()
                self._play_phase([visit for visit in self.planned if visit.phase == phase], tick)
            self.complete = True
        except KeyboardInterrupt:
            pass
        finally:
            self.seconds = time.perf_counter() - start
            self.processor_seconds = time.process_time() - processor

    def prepare(self) -> None:
        """Clean up and add the catalogue. Raises NotReadyError."""
        with self.clients() as clients:
            for name in ("collector", "recommender"):
                answer = getattr(clients, name).get("/healthcheck")
                if not answer.ok:
                    raise NotReadyError(_advice(name, getattr(self.options, name), answer))
            answer = clients.recommender.get("/cleanup")
            self.traffic.record("cleanup", 0, answer)
            if not answer.ok:
                raise NotReadyError(_refusal("cleanup", answer))
            answer = self._add_items(clients, late=False)
            if not answer.ok:
                raise NotReadyError(_refusal("add_items", answer))

    @contextmanager
    def clients(self) -> Iterator[Clients]:
        """Yield clients for one thread; close their connections at the end."""
        options = self.options
        collector, recommender = (
            Client(url, options.token, options.timeout_seconds)
            for url in (options.collector, options.recommender)
        )
        try:
            yield Clients(collector, recommender)
        finally:
            collector.close()
            recommender.close()

    def accepted(self) -> dict[str, set[str]]:
        """Return user -> items of all interactions that the service has accepted."""
        history = self.dataset.history
        return {
            user_id: items.union(history.get(user_id, ()))
            for user_id, items in self.scores.interacted.items()
        }

    def _bring_history(self, tick: Callable[[], None]) -> None:
        """Import the users' histories, a second apart, and let the service learn from them."""
        brought = [
            (user_id, item_id, "like" if like else "dislike")
            for user_id, opinions in self.dataset.history.items()
            for item_id, like in opinions.items()
        ]
        if not brought:
            return
        first = time.time() - len(brought)
        names = ("user_id", "item_id", "action", "timestamp")
        rows = [
            dict(zip(names, (*each, first + place), strict=True))
            for place, each in enumerate(brought)
        ]
        with self.clients() as clients:
            for start in range(0, len(rows), ROWS_A_CALL):
                some = {"interactions": rows[start : start + ROWS_A_CALL]}
                answer = clients.collector.post("/interactions", some)
                self.traffic.record("interactions", 0, answer)
                if not answer.ok:
                    raise NotReadyError(_refusal("interactions", answer))
                tick()
        end = time.monotonic() + self.options.learning_seconds
        while time.monotonic() < end:
            time.sleep(min(TICK_SECONDS, self.options.learning_seconds))
            tick()

    def _add_late_items(self) -> None:
        with self.clients() as clients:
            if self._add_items(clients, late=True).ok:
                self.scores.late_items_arrived()

    def _add_items(self, clients: Clients, *, late: bool) -> Answer:
        item_ids, genres = self.dataset.arrivals(late=late)
        answer = clients.recommender.post("/add_items", {"item_ids": item_ids, "genres": genres})
        self.traffic.record("add_items", 0, answer)
        return answer

    def _play_phase(self, planned: list[Visit], tick: Callable[[], None]) -> None:
        """Play visits in a lane per thread; all visits of a user are in one lane."""
        start = time.perf_counter()
        lanes = lay_lanes(planned, self.options.threads)
        with ThreadPoolExecutor(len(lanes)) as pool:
            pending = {pool.submit(self._play_lane, lane, start) for lane in lanes}
            try:
                while pending:
                    done, pending = wait(pending, TICK_SECONDS, return_when=FIRST_EXCEPTION)
                    for lane in done:
                        lane.result()
                    tick()
            finally:
                if pending:
                    self._stop.set()

    def _play_lane(self, lane: list[tuple[int, Visit]], start: float) -> None:
        with self.clients() as clients:
            for number, visit in lane:
                if self.options.pace:
                    self._wait_until(start + number / self.options.pace)
                if self._stop.is_set():
                    return
                self._play_visit(visit, clients)

    def _wait_until(self, due: float) -> None:
        """Wait until a visit is due. A slow service does not shift due times."""
        self._stop.wait(max(due - time.perf_counter(), 0.0))
        self.traffic.lags.append(time.perf_counter() - due)

    def _play_visit(self, visit: Visit, clients: Clients) -> None:
        user_id = visit.user_id
        answer = clients.recommender.get(f"/recs/{quote(user_id, safe='')}")
        item_ids = listed(answer)
        outcome = "not a list" if answer.ok and item_ids is None else None
        self.traffic.record("recs", visit.phase, answer, outcome)
        if item_ids is None:
            return
        with self._scoring:
            interactions = self.scores.list_served(user_id, item_ids, visit.phase)
        for item_id, liked in interactions:
            self._react(visit, item_id, liked, clients.collector)

    def _react(self, visit: Visit, item_id: str, liked: bool, collector: Client) -> None:
        interaction = {
            "user_id": visit.user_id,
            "item_ids": [item_id],
            "actions": ["like" if liked else "dislike"],
            "timestamp": time.time(),
        }
        answer = collector.post("/interact", interaction)
        self.traffic.record("interact", visit.phase, answer)
        if answer.ok:
            with self._scoring:
                self.scores.interaction_accepted(visit.user_id, item_id)


def lay_lanes(planned: list[Visit], threads: int) -> list[list[tuple[int, Visit]]]:
    """Distribute numbered visits over lanes. Visits of one user never overlap."""
    order: dict[str, int] = {}
    lanes: list[list[tuple[int, Visit]]] = [[] for _ in range(threads)]
    for number, visit in enumerate(planned):
        lane = order.setdefault(visit.user_id, len(order)) % threads
        lanes[lane].append((number, visit))
    return lanes


def listed(answer: Answer) -> list[str] | None:
    """Return the items of a list, or None if the answer is no list."""
    if not answer.ok:
        return None
    try:
        item_ids = json.loads(answer.body)["item_ids"]
    except (ValueError, KeyError, TypeError):
        return None
    fine = isinstance(item_ids, list) and all(isinstance(each, str) for each in item_ids)
    return item_ids if fine else None


def _advice(name: str, url: str, answer: Answer) -> str:
    return (
        f"No {name} at {url}/healthcheck ({answer.outcome}). Start the service with `make run`, "
        f"or say where it is with --{name}."
    )


def _refusal(endpoint: str, answer: Answer) -> str:
    return f"/{endpoint} answered {answer.outcome}. {answer.body[:300].decode(errors='replace')}"
