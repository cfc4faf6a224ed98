from collections.abc import Iterator
from threading import Event

import pytest
from celery.signals import heartbeat_sent, task_success
from redis.exceptions import ConnectionError

from recs.settings import Settings
from recs.stores import connection, keys
from recs.stores.signs import Signs
from tests.clock import Clock
from workers import celery
from workers import signs as module
from workers.signs import SignsOfLife, consumer_of, task_of


class Memory:
    """Remembers the signs that it gets."""

    def __init__(self) -> None:
        self.given: list[tuple[str, ...]] = []
        self.is_away = False

    def give(self, *names: str) -> None:
        if self.is_away:
            raise ConnectionError
        self.given.append(names)


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def life(memory: Memory, clock: Clock) -> SignsOfLife:
    return SignsOfLife(lambda: memory, clock)  # type: ignore[arg-type, return-value]


def test_many_tasks_a_second_give_one_sign(life: SignsOfLife, memory: Memory, clock: Clock) -> None:
    for _ in range(10):
        life.give("a")
        life.wait()
    clock.now += 1
    life.give("a")
    life.wait()

    assert memory.given == [("a",), ("a",)]


def test_each_has_its_own_sign(life: SignsOfLife, memory: Memory) -> None:
    life.give("a")
    life.wait()
    life.give("a", "b")
    life.wait()

    assert memory.given == [("a",), ("b",)]


def test_a_redis_that_hangs_does_not_hold_up_the_worker(clock: Clock) -> None:
    may_go_on, given = Event(), []

    class Slow:
        def give(self, *names: str) -> None:
            may_go_on.wait(5)
            given.append(names)

    life = SignsOfLife(Slow, clock)  # type: ignore[arg-type]
    life.give("a")
    clock.now += 10
    life.give("b")  # returns at once, and is passed over
    assert given == []
    may_go_on.set()
    life.wait()
    life.give("b")
    life.wait()

    assert given == [("a",), ("b",)]


def test_a_redis_that_is_away_ends_nothing(life: SignsOfLife, memory: Memory, clock: Clock) -> None:
    memory.is_away = True
    life.give("a")
    life.wait()
    memory.is_away, clock.now = False, clock.now + 5
    life.give("a")
    life.wait()

    assert memory.given == [("a",)]


@pytest.fixture
def disconnected() -> Iterator[None]:
    """Celery's signals without those who listen to them in this process."""
    before = [(each, each.receivers) for each in (heartbeat_sent, task_success)]
    for signal, _ in before:
        signal.receivers, signal.sender_receivers_cache = [], {}
    yield
    for signal, receivers in before:
        signal.receivers = receivers
        signal.sender_receivers_cache.clear()


@pytest.mark.usefixtures("disconnected")
def test_heartbeats_and_tasks_that_are_done_give_signs(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Task:
        name = "rank"

    monkeypatch.setattr(module.SignsOfLife, "give", lambda self, *names: memory.give(*names))
    module.connect(celery, lambda: memory)  # type: ignore[arg-type, return-value]
    queues = celery.amqp.queues
    monkeypatch.setattr(queues, "_consume_from", {"ns.ranking": None})

    heartbeat_sent.send(sender=None)
    task_success.send(sender=Task)

    assert memory.given == [(consumer_of("ns.ranking"),), (task_of("rank"),)]


def test_ages_are_those_of_redis(settings: Settings, redis_url: str) -> None:
    with connection.short_timeout(redis_url, 1.0) as redis:
        signs = Signs(redis, settings.namespace)
        signs.give(task_of("rank"), task_of("train"))
        redis.pexpire(keys.sign_of_life(settings.namespace, task_of("train")), 3_600_000 - 90_000)

        ages = signs.ages([task_of("rank"), task_of("train"), task_of("reconcile")])

    assert ages["task:rank"] is not None
    assert ages["task:train"] is not None
    assert 0 <= ages["task:rank"] < 30
    assert 90 <= ages["task:train"] < 120
    assert ages["task:reconcile"] is None
