from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import pytest
from celery import Celery
from celery.worker.request import Request
from kombu import Connection

from app import create_app
from app.prepared import PreparedTask
from app.publisher import Pending, Publisher
from recs.errors import BrokerUnavailable
from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.types import Generation, ItemId, UserId
from tests.app.conftest import end
from tests.waiting import until
from workers.queues import REQUESTS, SENT_AT, queue

ARGS = (7, [["u", "i", "like", "1.000000"], ["ü", '"', "dislike", "2.500000"]])


@pytest.mark.usefixtures("redis_url", "broker_url")
def test_a_publisher_is_ready_before_the_first_interaction(settings: Settings) -> None:
    app = create_app("collector", settings)
    name = settings.queue("interactions")

    for call in app.extensions["after_fork"]:
        call()

    with Connection(settings.broker_url) as broker:
        assert until(lambda: _exists(broker, name), seconds=5)
    end(app)


def _exists(broker: Connection, name: str) -> bool:
    try:
        with broker.channel() as channel:
            channel.queue_declare(name, passive=True)  # type: ignore[attr-defined]
    except broker.channel_errors:
        return False
    return True


# The message


@pytest.fixture
def celery(broker_url: str) -> Celery:
    """A Celery that knows a task of the name."""
    app = Celery(broker=broker_url, task_cls="celery:Task")

    @app.task(name="ingest")
    def ingest(generation: int, rows: list[list[str]]) -> None:
        """Do nothing."""

    return app


@pytest.fixture
def sent(settings: Settings, celery: Celery) -> Iterator[Callable[[Callable[[Any], Any]], Any]]:
    """Send something by a channel; return what then is in the queue of interactions."""
    with Connection(settings.broker_url) as broker:
        waiting = queue(settings, "interactions").bind(broker.default_channel)
        waiting.declare()

        def sent(send: Callable[[Any], Any]) -> Any:
            send(broker.default_channel)
            found: list[Any] = []

            def look() -> bool:
                found.append(waiting.get(no_ack=True))
                return found[-1] is not None

            assert until(look, seconds=5)
            return found[-1]

        yield sent


def test_a_worker_of_celery_reads_the_prepared_message(
    settings: Settings, celery: Celery, sent: Callable[..., Any]
) -> None:
    prepared = PreparedTask(celery, settings.queue("interactions"))

    message = sent(lambda channel: prepared.send(channel, ARGS, {SENT_AT: 1.5}))

    request = Request(message, app=celery)
    assert request.name == "ingest"
    assert request.args == [7, [list(row) for row in ARGS[1]]]
    assert request.kwargs == {}
    assert request.id == request.correlation_id
    assert request.request_dict[SENT_AT] == 1.5
    assert request.ignore_result
    assert (request.eta, request.expires, request.group, request.parent_id) == (None,) * 4
    assert request.time_limits == (None, None)


def test_the_prepared_message_is_what_celery_sends(
    settings: Settings, celery: Celery, sent: Callable[..., Any]
) -> None:
    name = settings.queue("interactions")
    celery.conf.task_queues = [queue(settings, "interactions")]
    options: dict[str, Any] = {"argsrepr": "-", "kwargsrepr": "{}", "ignore_result": True}

    theirs = sent(lambda _: celery.send_task("ingest", ARGS, queue=name, **options))
    ours = sent(lambda channel: PreparedTask(celery, name).send(channel, ARGS, {}))

    assert ours.payload == theirs.payload
    assert ours.headers.keys() < theirs.headers.keys()
    left_out = theirs.headers.keys() - ours.headers.keys() - {"argsrepr", "kwargsrepr"}
    assert all(theirs.headers[name] in (None, 0, {}, [None, None]) for name in left_out)
    assert _without_ids(ours.headers).items() <= theirs.headers.items()
    assert ours.properties.keys() | {"reply_to"} == theirs.properties.keys() | {"reply_to"}
    assert ours.properties["delivery_mode"] == theirs.properties["delivery_mode"] == 2
    assert ours.content_type == theirs.content_type
    assert ours.content_encoding == theirs.content_encoding


def test_each_message_has_an_id_of_its_own(
    settings: Settings, celery: Celery, sent: Callable[..., Any]
) -> None:
    prepared = PreparedTask(celery, settings.queue("interactions"))
    first, second = (sent(lambda channel: prepared.send(channel, ARGS, {})) for _ in range(2))

    assert first.headers["id"] != second.headers["id"]


def _without_ids(headers: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in headers.items() if name not in ("id", "root_id")}


# Threads that publish at once


class Generations:
    """Tells a generation and a time that stands still. It is its own lease."""

    current = Generation(1)

    def now(self) -> Generation:
        return self.current

    def stamp(self) -> tuple[Generation, float]:
        return self.current, 1_000.0


@pytest.fixture
def generations() -> Generations:
    return Generations()


@pytest.fixture
def noted() -> list[Interaction]:
    """What was noted, in order."""
    return []


@pytest.fixture
def publisher(
    settings: Settings, celery: Celery, noted: list[Interaction], generations: Generations
) -> Iterator[Publisher]:
    def note(_: Generation, interactions: Any) -> dict[UserId, int]:
        noted.extend(interactions)
        return {each.user: int(each.user) for each in interactions}

    publisher = Publisher(celery, settings, generations, generations, note)  # type: ignore[arg-type]
    yield publisher
    publisher.stop()


def like(number: int) -> list[Interaction]:
    return [Interaction(UserId(str(number)), ItemId("i"), Action.LIKE, 1.0)]


def test_everybody_gets_their_own_answer(
    settings: Settings, publisher: Publisher, noted: list[Interaction]
) -> None:
    publisher.start()
    with ThreadPoolExecutor(16) as pool:
        times = list(pool.map(lambda n: publisher.publish(like(n), f"r{n}"), range(500)))

    assert times == list(range(500))
    assert Counter(each.user for each in noted) == Counter(str(n) for n in range(500))
    rows, requests = _queued(settings)
    assert sorted(rows, key=int) == [str(n) for n in range(500)]
    assert {f"r{user}" for user in rows} == set(requests)
    assert len(rows) == len(requests)


def test_after_a_failure_it_goes_on(settings: Settings, publisher: Publisher) -> None:
    send, failures = publisher._sender._send, iter([True, True])

    def fail_at_first(*args: Any) -> None:
        if next(failures, False):
            raise ConnectionError
        send(*args)

    publisher._sender._send = fail_at_first  # type: ignore[method-assign, assignment]
    refused = 0
    with ThreadPoolExecutor(8) as pool:
        for each in [pool.submit(publisher.publish, like(n)) for n in range(8)]:
            refused += isinstance(each.exception(), BrokerUnavailable)

    assert refused
    assert until(lambda: _publishes(publisher), seconds=5)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: publisher.publish(like(n)), range(40))) == list(range(40))


def test_what_is_sent_together_is_one_message(settings: Settings, publisher: Publisher) -> None:
    publisher._is_led = True  # as if another thread were sending
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(publisher.publish, like(n)) for n in range(8)]
        assert until(lambda: len(publisher._waiting) == 8, seconds=5)
        publisher._hand_on()

        assert [each.result() for each in waiting] == list(range(8))
    assert len(_messages(settings)) == 1


def test_as_many_as_lately_came_together_are_waited_for(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, publisher: Publisher
) -> None:
    monkeypatch.setattr("app.publisher.GATHER_SECONDS", 60)
    publisher._expected = 3
    with ThreadPoolExecutor(3) as pool:
        first = [pool.submit(publisher.publish, like(n)) for n in range(2)]
        assert until(lambda: len(publisher._waiting) == 2, seconds=5)
        assert not any(each.done() for each in first)
        publisher.publish(like(2))

        assert [each.result() for each in first] == [0, 1]
    assert len(_messages(settings)) == 1


def test_fewer_are_expected_when_fewer_come(publisher: Publisher) -> None:
    publisher._expected = 3

    expected = []
    for number in range(4):
        publisher.publish(like(number))
        expected.append(publisher._expected)

    assert expected == [2, 1, 1, 1]


def test_what_came_before_a_cleanup_is_sent_as_of_the_generation_before(
    settings: Settings, publisher: Publisher, generations: Generations
) -> None:
    publisher._is_led = True  # as if another thread were sending
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(publisher.publish, like(n), f"r{n}") for n in range(2)]
        assert until(lambda: len(publisher._waiting) == 2, seconds=5)
        generations.current = Generation(2)
        waiting.append(pool.submit(publisher.publish, like(2), "r2"))
        assert until(lambda: len(publisher._waiting) == 3, seconds=5)
        publisher._hand_on()
        assert [each.result() for each in waiting] == [0, 1, 2]

    found = [
        (each.payload[0][0], {row[0] for row in each.payload[0][1]}, len(each.headers[REQUESTS]))
        for each in _messages(settings)
    ]
    assert found == [(1, {"0", "1"}, 2), (2, {"2"}, 1)]


def test_interactions_are_noted_when_the_broker_has_confirmed_them(
    settings: Settings, celery: Celery, generations: Generations
) -> None:
    happened: list[str] = []

    def note(*_: Any) -> dict[UserId, int]:
        happened.append("noted")
        return {}

    publisher = Publisher(celery, settings, generations, generations, note)  # type: ignore[arg-type]
    publisher._sender.connect()
    confirmations = publisher._sender._confirmations
    assert confirmations is not None
    wait = confirmations.wait

    def waited() -> None:
        happened.append("waits")
        wait()
        happened.append("confirmed")

    confirmations.wait = waited  # type: ignore[method-assign]
    publisher.publish(like(1))
    publisher.stop()

    assert happened == ["waits", "confirmed", "noted"]


class LateLock:
    """Becomes free just after somebody has given up waiting for it."""

    def __init__(self, hand_on: Callable[[], None]) -> None:
        self._hand_on = hand_on
        self._lock = Lock()
        self._lock.acquire()
        self.release = self._lock.release

    def acquire(self, timeout: float = -1) -> bool:
        if timeout < 0:
            return self._lock.acquire()
        self._hand_on()
        return False


def test_whose_turn_comes_just_as_they_give_up_sends() -> None:
    generations: Any = Generations()
    publisher = Publisher(Celery(), Settings(), generations, generations, lambda *_: {})
    publisher._send_noted = lambda batch: [5] * len(batch)  # type: ignore[method-assign]
    mine = Pending(like(1), "", Generation(1))
    mine.over = LateLock(publisher._hand_on)  # type: ignore[assignment]
    publisher._waiting.append(mine)

    publisher._wait(mine)
    publisher._lead(mine)

    assert (mine.time, mine.error) == (5, None)


def _publishes(publisher: Publisher) -> bool:
    try:
        return publisher.publish(like(9)) == 9
    except BrokerUnavailable:
        return False


def _messages(settings: Settings) -> list[Any]:
    with Connection(settings.broker_url) as broker:
        waiting = queue(settings, "interactions").bind(broker.default_channel)
        return list(iter(lambda: waiting.get(no_ack=True), None))


def _queued(settings: Settings) -> tuple[list[str], list[str]]:
    """Return the users of all rows in the queue, and the ids of all requests."""
    messages = _messages(settings)
    rows = [row[0] for each in messages for row in each.payload[0][1]]
    return rows, [name for each in messages for name, _ in each.headers[REQUESTS]]
