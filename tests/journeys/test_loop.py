"""From an interaction to the log, to the lists and back, through the processes of the Procfile."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Event

import httpx
import pytest

from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.log import Kind
from recs.types import Generation, UserId
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.service import Service
from tests.waiting import until

DRAMAS = [f"drama-{n}" for n in range(40)]
WARS = [f"war-{n}" for n in range(40)]
LONG = 30
"""Seconds in which a busy machine does what takes less than one."""


@dataclass
class Visitors:
    """People in front of a service, who remember what it accepted."""

    settings: Settings
    accepted: list[tuple[str, str]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10))

    def begin(self, *items: tuple[str, str]) -> Generation:
        """Clean up, and add items (id, genre)."""
        cleaned = self.client.get(f"{self.settings.recommender}/cleanup").raise_for_status()
        body = {"item_ids": [item for item, _ in items], "genres": [[genre] for _, genre in items]}
        self.client.post(f"{self.settings.recommender}/add_items", json=body).raise_for_status()
        return Generation(cleaned.json()["generation"])

    def recs(self, user: str) -> list[str]:
        answer = self.client.get(f"{self.settings.recommender}/recs/{user}").raise_for_status()
        items: list[str] = answer.json()["item_ids"]
        return items

    def interact(self, user: str, item: str, action: str = "like") -> int:
        body = {"user_id": user, "item_ids": [item], "actions": [action]}
        answer = self.client.post(f"{self.settings.collector}/interact", json=body)
        if answer.is_success:
            self.accepted.append((user, item))
        else:
            self.refused.append(answer.status_code)
        return answer.status_code

    def opinions(self, user: str) -> tuple[list[str], list[str]]:
        known = self.client.get(f"{self.settings.recommender}/users/{user}/interactions").json()
        return known["liked"], known["disliked"]

    def totals(self) -> dict[str, int]:
        stats = self.client.get(f"{self.settings.recommender}/stats").raise_for_status().json()
        totals: dict[str, int] = stats["totals"]
        return totals

    @contextmanager
    def at_work(self, count: int, catalogue: list[str]) -> Iterator[None]:
        """Have so many of them visit and like something, again and again, while the body runs."""
        done = Event()

        def visit(number: int) -> None:
            for turn in range(100_000):
                if done.wait(0.02):
                    return
                self.recs(f"visitor-{number}-{turn}")
                self.interact(f"visitor-{number}-{turn}", catalogue[turn % len(catalogue)])

        with ThreadPoolExecutor(count) as pool:
            visits = [pool.submit(visit, number) for number in range(count)]
            try:
                yield
            finally:
                done.set()
            for each in visits:
                each.result()


def logged(stores: Stores, *generations: Generation) -> list[tuple[str, str, str]]:
    """Return (user, item, action) of all interactions in the log."""
    return [
        (user, item, action)
        for generation in generations
        for _, rows in stores.log.tail(generation, Kind.INTERACTIONS, {})
        for user, item, action, _ in rows
    ]


def pairs_logged(stores: Stores, *generations: Generation) -> list[tuple[str, str]]:
    return [(user, item) for user, item, _ in logged(stores, *generations)]


def is_ranked(stores: Stores, generation: Generation, user: str) -> bool:
    """Say whether a user has a slate, and waits no longer."""
    (state,) = stores.users.states(generation, [UserId(user)])
    return len(state.slate) > 0 and stores.waiting.length(generation) == 0


@pytest.fixture
def visitors(service: Service) -> Iterator[Visitors]:
    visitors = Visitors(service.settings)
    yield visitors
    visitors.client.close()


@pytest.fixture
def stores(service: Service) -> Iterator[Stores]:
    with connection.long_timeout(service.settings.redis_url) as redis:
        yield Stores(service.settings, redis)


def catalogue() -> list[tuple[str, str]]:
    return [*((item, "Drama") for item in DRAMAS), *((item, "War") for item in WARS)]


def test_interactions_are_logged_known_and_felt_in_the_next_list(
    visitors: Visitors, stores: Stores
) -> None:
    generation = visitors.begin(*catalogue())
    for item in DRAMAS[:6]:
        assert visitors.interact("anna", item) == 200
    for item in WARS[:6]:
        assert visitors.interact("anna", item, "dislike") == 200

    assert until(lambda: len(logged(stores, generation)) == 12, seconds=LONG)
    assert until(lambda: len(visitors.opinions("anna")[0]) == 6, seconds=LONG)
    assert set(visitors.opinions("anna")[1]) == set(WARS[:6])
    assert until(lambda: is_ranked(stores, generation, "anna"), seconds=LONG)
    served = visitors.recs("anna")
    assert len(set(served)) == 10
    assert not set(served) & {*DRAMAS[:6], *WARS[:6]}
    assert sum(item in DRAMAS for item in served) >= 7


def test_what_is_undone_is_out_of_the_counters_and_may_be_shown_again(
    visitors: Visitors, stores: Stores
) -> None:
    generation = visitors.begin(("a", "Drama"), ("b", "Drama"))
    visitors.interact("anna", "a")
    assert until(lambda: visitors.recs("anna") == ["b"], seconds=LONG)

    visitors.client.delete(f"{visitors.settings.collector}/interact/anna/a").raise_for_status()

    assert until(lambda: visitors.opinions("anna") == ([], []), seconds=LONG)
    assert sorted(visitors.recs("anna")) == ["a", "b"]
    assert until(
        lambda: [action for *_, action in logged(stores, generation)] == ["like", "undo"],
        seconds=LONG,
    )
    assert until(lambda: visitors.totals()["undone"] == 1, seconds=LONG)
    assert visitors.totals()["likes"] == 0


def test_a_cleanup_in_the_middle_of_traffic_loses_nothing_and_lets_nothing_through(
    visitors: Visitors, stores: Stores
) -> None:
    old = visitors.begin(*catalogue())
    after: list[list[str]] = []
    with visitors.at_work(4, DRAMAS):
        assert until(lambda: len(visitors.accepted) > 60, seconds=LONG)
        new = visitors.begin(*((f"new-{n}", "Comedy") for n in range(30)))
        for n in range(60):
            after.append(visitors.recs(f"late-{n % 7}"))
        for item in ("new-1", "new-2"):
            visitors.interact("late-1", item)

    assert visitors.refused == []

    def all_logged() -> list[tuple[str, str]]:
        return sorted(pairs_logged(stores, old, new))

    assert until(lambda: len(all_logged()) == len(visitors.accepted), seconds=LONG)
    assert all_logged() == sorted(visitors.accepted)
    assert [item for items in after for item in items if not item.startswith("new-")] == []
    assert all(len(set(items)) == 10 for items in after)
    of_new = len(pairs_logged(stores, new))
    assert until(lambda: visitors.totals()["interactions"] == of_new, seconds=LONG)


@pytest.fixture
def breakable(
    settings: Settings,
    own_broker: RabbitMQServer,
    start_service: Callable[[Settings], Service],
) -> Service:
    return start_service(replace(settings, broker_url=own_broker.url))


def test_a_restarted_broker_and_then_a_restarted_service_go_on_where_they_were(
    breakable: Service, own_broker: RabbitMQServer
) -> None:
    visitors = Visitors(breakable.settings)
    with connection.long_timeout(breakable.settings.redis_url) as redis:
        stores = Stores(breakable.settings, redis)
        generation = visitors.begin(*catalogue())
        with visitors.at_work(2, DRAMAS):
            assert until(lambda: len(visitors.accepted) > 20, seconds=LONG)
            own_broker.restart()
            before = len(visitors.accepted)
            assert until(lambda: len(visitors.accepted) > before + 20, seconds=LONG)

        assert set(visitors.refused) <= {503}
        assert until(
            lambda: set(visitors.accepted) <= set(pairs_logged(stores, generation)), seconds=LONG
        )

        assert visitors.interact("anna", DRAMAS[0]) == 200
        assert visitors.interact("anna", WARS[0], "dislike") == 200
        breakable.stop()
        breakable.start()

        assert stores.generations.current() == generation
        assert until(lambda: visitors.opinions("anna") == ([DRAMAS[0]], [WARS[0]]), seconds=LONG)
        assert set(visitors.accepted) <= set(pairs_logged(stores, generation))
        catalogue_now = visitors.client.get(f"{visitors.settings.recommender}/catalogue").json()
        assert catalogue_now["items"] == len(DRAMAS + WARS)
        assert len(visitors.recs("anna")) == 10
        assert not {DRAMAS[0], WARS[0]} & set(visitors.recs("anna"))
    visitors.client.close()
