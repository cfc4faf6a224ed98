"""A steady load of interactions and visits, and a full record of what was asked and answered."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from urllib.parse import quote

from tests.chaos.client import Answer, Client

REACTORS, VISITORS = 10, 5
USERS_OF_A_REACTOR = 20
LIST_SIZE = 10
REPEATED_SHARE = 0.25
"""Of the interactions, so many are about a title that the viewer has reacted to before."""
SETTLED_SECONDS = 2.0
"""An interaction accepted so long before a visit must show in its list."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An interaction that was sent. action: like, dislike or undo."""

    user: str
    item: str
    action: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class Visit:
    """A list that was asked for. complaint: what is wrong with it, if anything."""

    answer: Answer
    complaint: str


@dataclass
class Load:
    """Reactors and visitors, each a thread with a connection of its own.

    A viewer's interactions are sent by one reactor, one after the other: so it is known which one
    was the last.
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
            Thread(target=self._react, args=(number,), daemon=True) for number in range(REACTORS)
        ] + [Thread(target=self._visit, args=(number,), daemon=True) for number in range(VISITORS)]
        self.users = [user for number in range(REACTORS) for user in _users(number)]

    def start(self) -> None:
        """Begin."""
        self.begun = monotonic()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Send no more, and wait for the answers that are under way."""
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
            return f"{len(set(items))} titles"
        if not self._known.issuperset(items):
            return "an unknown title"
        latest = self._latest[user]
        if any(item in latest and _rules_out(latest[item], answer.begun) for item in items):
            return "a title reacted to"
        return ""

    def _react(self, number: int) -> None:
        chance, users, client = random.Random(number), _users(number), Client(self.collector_port)

        def react() -> None:
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

        self._pace(react, self.interactions_per_second / REACTORS)
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
        """Act at a steady rate. What could not be done in time is left out, not made up for."""
        due = monotonic() + random.random() / times_per_second
        while not self._over.wait(max(0.0, due - monotonic())):
            act()
            due = max(due + 1 / times_per_second, monotonic() - 1 / times_per_second)


def _users(number: int) -> list[str]:
    return [f"viewer {number}/{place}" for place in range(USERS_OF_A_REACTOR)]


def _rules_out(attempt: Attempt, begun: float) -> bool:
    """Say whether a list asked for at `begun` must not hold this attempt's title."""
    settled = attempt.answer.ok and attempt.answer.ended < begun - SETTLED_SECONDS
    return settled and attempt.action != "undo"
