"""A steady load of interactions and visits, and a record of every request and answer."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from urllib.parse import quote

from tests.chaos.client import Answer, Client

SENDERS, VISITORS = 10, 5
USERS_PER_SENDER = 20
LIST_SIZE = 10
REPEATED_SHARE = 0.25
"""The share of interactions with an item that the user has interacted with before."""
SETTLED_SECONDS = 2.0
"""A list must take into account what was accepted so long before it was asked for."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An interaction that was sent. action: like, dislike or undo."""

    user: str
    item: str
    action: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a list. complaint: what is wrong with the answer, if anything."""

    answer: Answer
    complaint: str


@dataclass
class Load:
    """Senders of interactions, and visitors: each a thread with a connection of its own.

    All interactions of a user are sent by one thread, one after the other. So their order is known.
    """

    collector_port: int
    recommender_port: int
    items: Sequence[str]
    interactions_per_second: float
    visits_per_second: float
    attempts: list[Attempt] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._known = set(self.items)
        self._latest: dict[str, dict[str, Attempt]] = defaultdict(dict)
        self._over = Event()
        self._threads = [
            Thread(target=self._send, args=(number,), daemon=True) for number in range(SENDERS)
        ] + [Thread(target=self._visit, args=(number,), daemon=True) for number in range(VISITORS)]
        self.users = [user for number in range(SENDERS) for user in _users(number)]

    def start(self) -> None:
        """Start all threads."""
        self.begun = monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send no more requests, and wait for the answers still due."""
        self.ended = monotonic()
        self._over.set()
        for thread in self._threads:
            thread.join()

    def complaint(self, user: str, answer: Answer) -> str:
        """Say what is wrong with an answer to `user`; empty if nothing is."""
        if not answer.ok:
            return answer.outcome
        items = answer.content["item_ids"]
        if len(items) != LIST_SIZE or len(set(items)) != LIST_SIZE:
            return f"{len(set(items))} items"
        if not self._known.issuperset(items):
            return "an unknown item"
        latest = self._latest[user]
        if any(item in latest and _rules_out(latest[item], answer.begun) for item in items):
            return "an item interacted with"
        return ""

    def _send(self, number: int) -> None:
        chance, users, client = random.Random(number), _users(number), Client(self.collector_port)

        def send() -> None:
            user = chance.choice(users)
            latest = self._latest[user]
            if latest and chance.random() < REPEATED_SHARE:
                item = chance.choice(list(latest))
                action = chance.choice(["like", "dislike", "undo"])
            else:
                item, action = chance.choice(self.items), chance.choice(["like", "dislike"])
            if action == "undo":
                answer = client.ask(
                    "DELETE", f"/interact/{quote(user, safe='')}/{quote(item, safe='')}"
                )
            else:
                body = {"user_id": user, "item_ids": [item], "actions": [action]}
                answer = client.ask("POST", "/interact", body)
            latest[item] = Attempt(user, item, action, answer)
            self.attempts.append(latest[item])

        self._pace(send, self.interactions_per_second / SENDERS)
        client.close()

    def _visit(self, number: int) -> None:
        chance, client = random.Random(1000 + number), Client(self.recommender_port)

        def visit() -> None:
            user = chance.choice(self.users)
            answer = client.ask("GET", f"/recs/{quote(user, safe='')}")
            self.visits.append(Visit(answer, self.complaint(user, answer)))

        self._pace(visit, self.visits_per_second / VISITORS)
        client.close()

    def _pace(self, act: Callable[[], None], times_per_second: float) -> None:
        """Act at a steady rate. What could not be done in time is skipped."""
        due = monotonic() + random.random() / times_per_second
        while not self._over.wait(max(0.0, due - monotonic())):
            act()
            due = max(due + 1 / times_per_second, monotonic() - 1 / times_per_second)


def _users(number: int) -> list[str]:
    return [f"user {number}/{index}" for index in range(USERS_PER_SENDER)]


def _rules_out(attempt: Attempt, begun: float) -> bool:
    """Say whether a list asked for at `begun` must not hold the item of this attempt."""
    settled = attempt.answer.ok and attempt.answer.ended < begun - SETTLED_SECONDS
    return settled and attempt.action != "undo"
