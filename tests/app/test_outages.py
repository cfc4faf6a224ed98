"""The two services as the Procfile starts them, and what they answer while their servers do not."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

import pytest
import requests
from kombu import Connection, Queue
from requests import Response

from app import create_app
from launch.places import answers, free_port
from recs.settings import Settings
from recs.stores import Stores, connection
from tests.servers.rabbitmq import RABBITMQ_SERVER, RabbitMQServer
from tests.servers.redis import REDIS_SERVER, RedisServer
from tests.servers.service import HONCHO, Service

A_SECOND = 1.0
BUSY = 0.4
"""Seconds that a busy machine may add to what the service promises."""


class FrontDoors(Service):
    """Collector and recommender alone."""

    def _answers(self) -> bool:
        return answers(self.settings.collector) and answers(self.settings.recommender)

    def react(self, user: str = "u", item: str = "i") -> tuple[Response, float]:
        """Send an interaction; return the answer and how long it took."""
        body = {"user_id": user, "item_ids": [item], "actions": ["like"]}
        return _timed(lambda: requests.post(f"{self.settings.collector}/interact", json=body))

    def recs(self, user: str = "u") -> tuple[Response, float]:
        """Ask for a list; return the answer and how long it took."""
        address = f"{self.settings.recommender}/recs/{quote(user, safe='')}"
        return _timed(lambda: requests.get(address))


def _timed(ask: Callable[[], Response]) -> tuple[Response, float]:
    begun = monotonic()
    answer = ask()
    return answer, monotonic() - begun


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQServer]:
    if not RABBITMQ_SERVER.exists():
        pytest.skip(f"{RABBITMQ_SERVER} is not installed; `make test` installs it, as root")
    server = RabbitMQServer(tmp_path_factory.mktemp("rabbitmq"))
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if not REDIS_SERVER.exists():
        pytest.skip(f"{REDIS_SERVER} is not installed; `make test` installs it, as root")
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def doors(
    broker: RabbitMQServer, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[FrontDoors]:
    settings = Settings(
        namespace="outages",
        data_dir=tmp_path_factory.mktemp("doors") / "data",
        collector_port=free_port(),
        recommender_port=free_port(),
        broker_url=broker.url,
        redis_url=redis.url,
    )
    settings.data_dir.mkdir()
    doors = FrontDoors(settings, (*HONCHO, "collector", "recommender"))
    doors.start()
    items = {"item_ids": [f"i{n}" for n in range(50)]}
    requests.post(f"{settings.recommender}/add_items", json=items).raise_for_status()
    for _ in range(20):  # so that each of the processes has served
        doors.react()[0].raise_for_status()
        doors.recs()[0].raise_for_status()
    yield doors
    doors.stop()


@pytest.fixture
def trial(own_redis: RedisServer, tmp_path: Path) -> Iterator[FrontDoors]:
    """A collector and a recommender whose broker is their Redis."""
    settings = Settings(
        namespace="trial",
        data_dir=tmp_path / "data",
        collector_port=free_port(),
        recommender_port=free_port(),
        broker_url=own_redis.url.replace("/0", "/1"),
        redis_url=own_redis.url,
    )
    settings.data_dir.mkdir()
    trial = FrontDoors(settings, (*HONCHO, "collector", "recommender"))
    trial.start()
    yield trial
    trial.stop()


@pytest.fixture
def generation(doors: FrontDoors) -> int:
    return int(requests.get(f"{doors.settings.recommender}/catalogue").json()["generation"])


def at_once(ask: Callable[[], tuple[Response, float]], count: int) -> list[tuple[Response, float]]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: ask(), range(count)))


def works_again(ask: Callable[[], tuple[Response, float]], within_seconds: float = 5) -> bool:
    end = monotonic() + within_seconds
    while monotonic() < end:
        if ask()[0].status_code == 200:
            return True
        sleep(0.1)
    return False


def queued(settings: Settings) -> list[list[Any]]:
    """Take what waits in the queue: (generation, rows) of each message."""
    with Connection(settings.broker_url) as broker:
        queue = Queue(settings.queue("interactions"), channel=broker)
        taken = []
        while message := queue.get(no_ack=True):
            taken.append(message.payload[0])
        return taken


def refused_in_time(answer: Response, seconds: float) -> bool:
    return (
        answer.status_code == 503
        and answer.headers["Content-Type"] == "application/problem+json"
        and int(answer.headers["Retry-After"]) >= 1
        and seconds < A_SECOND + BUSY
    )


def test_a_broker_that_hangs_is_a_503_within_a_second_for_everybody(
    doors: FrontDoors, broker: RabbitMQServer
) -> None:
    broker.pause()
    try:
        first, second = doors.react(), doors.react()
        others = at_once(doors.react, 20)
        sleep(0.6)
        later = at_once(doors.react, 20)
    finally:
        broker.resume()

    wrong = [each for each in [first, second, *others, *later] if not refused_in_time(*each)]
    assert wrong == []
    assert works_again(doors.react)


def test_a_broker_that_is_gone_is_a_503_within_a_second_until_it_is_back(
    doors: FrontDoors, broker: RabbitMQServer
) -> None:
    broker.kill()
    try:
        answers = [doors.react(), doors.react(), *at_once(doors.react, 20)]
        lists = [doors.recs()[0].status_code for _ in range(5)]
    finally:
        broker.start()

    assert [each for each in answers if not refused_in_time(*each)] == []
    assert lists == [200] * 5
    assert works_again(doors.react)


def test_a_restart_of_the_broker_between_two_interactions_goes_unnoticed(
    doors: FrontDoors, broker: RabbitMQServer
) -> None:
    assert {answer.status_code for answer, _ in at_once(doors.react, 20)} == {200}
    broker.restart()

    assert {answer.status_code for answer, _ in at_once(doors.react, 20)} == {200}


def test_a_redis_that_hangs_does_not_keep_interactions_out(
    doors: FrontDoors, redis: RedisServer, generation: int
) -> None:
    queued(doors.settings)
    redis.pause()
    try:
        answers = [doors.react("while hung"), *at_once(lambda: doors.react("while hung"), 20)]
    finally:
        redis.resume()

    assert [(each.status_code, s) for each, s in answers if each.status_code != 200] == []
    assert max(seconds for _, seconds in answers) < A_SECOND + BUSY
    messages = queued(doors.settings)
    assert {message_generation for message_generation, _ in messages} == {generation}
    assert sum(len(rows) for _, rows in messages) == 21


def test_a_redis_that_hangs_leaves_a_list_of_known_titles_for_everybody(
    doors: FrontDoors, redis: RedisServer
) -> None:
    redis.pause()
    try:
        answers = [doors.recs(), doors.recs(), *at_once(doors.recs, 20)]
    finally:
        redis.resume()

    assert {answer.status_code for answer, _ in answers} == {200}
    assert all(len(set(answer.json()["item_ids"])) == 10 for answer, _ in answers)
    assert max(seconds for _, seconds in answers) < A_SECOND + BUSY


def test_a_redis_that_is_gone_leaves_interactions_and_lists(
    doors: FrontDoors, redis: RedisServer
) -> None:
    redis.kill()
    try:
        interactions = at_once(doors.react, 10)
        lists = at_once(doors.recs, 10)
        popular = requests.get(f"{doors.settings.recommender}/popular")
    finally:
        redis.start()

    assert {answer.status_code for answer, _ in interactions + lists} == {200}
    assert all(len(answer.json()["item_ids"]) == 10 for answer, _ in lists)
    assert max(seconds for _, seconds in interactions + lists) < A_SECOND + BUSY
    assert (popular.status_code, popular.headers["Retry-After"]) == (503, "1")
    assert works_again(doors.recs)


def test_with_both_hung_a_interaction_is_refused_within_a_second(
    doors: FrontDoors, redis: RedisServer, broker: RabbitMQServer
) -> None:
    redis.pause()
    broker.pause()
    try:
        answers = [doors.react(), *at_once(doors.react, 20)]
    finally:
        redis.resume()
        broker.resume()

    assert [each for each in answers if not refused_in_time(*each)] == []
    assert works_again(doors.react)


def test_a_recommender_that_starts_without_redis_serves_the_catalogue_on_disk(
    doors: FrontDoors,
) -> None:
    settings = replace(doors.settings, redis_url="redis://127.0.0.1:1/0")
    answer = create_app("recommender", settings).test_client().get("/recs/u")

    assert answer.status_code == 200
    assert len(answer.get_json()["item_ids"]) == 10


def test_an_emptied_redis_still_has_a_list_for_everybody_of_the_same_generation(
    doors: FrontDoors, redis: RedisServer, generation: int
) -> None:
    with connection.patient(redis.url) as client:
        stores = Stores.open(doors.settings, client)
        for key in list(client.scan_iter("outages:*")):
            client.delete(key)

        answers = at_once(doors.recs, 10)

        assert {len(answer.json()["item_ids"]) for answer, _ in answers} == {10}
        assert stores.generations.current() == generation
        for segment in stores.generations.folder(stores.generations.current()).glob("*.csv"):
            stores.state.replay(stores.generations.current(), segment.name)
        assert stores.catalogue.size(stores.generations.current()) == 50


def test_in_trial_mode_a_redis_that_hangs_is_a_503_within_a_second(
    trial: FrontDoors, own_redis: RedisServer
) -> None:
    assert works_again(trial.react)
    own_redis.pause()
    try:
        answers = [trial.react(), trial.react(), *at_once(trial.react, 20)]
    finally:
        own_redis.resume()

    assert [each for each in answers if not refused_in_time(*each)] == []
    assert works_again(trial.react)


@pytest.mark.parametrize("user", ["a/b", "/", "a%2Fb", "50%", "a b", "фильм", "?x", "#", "a+b"])
def test_odd_ids_come_through_the_real_server(doors: FrontDoors, user: str) -> None:
    queued(doors.settings)
    address = f"{doors.settings.collector}/interact/{quote(user, safe='')}/{quote(user, safe='')}"

    assert requests.delete(address).status_code == 200
    assert doors.recs(user)[0].status_code == 200
    ((_, [row]),) = queued(doors.settings)
    assert row[:2] == [user, user]


def test_a_body_without_a_length_is_bounded_too(doors: FrontDoors) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(33):
            yield b" " * 2**20

    answer = requests.post(f"{doors.settings.collector}/interact", data=endless())

    assert answer.status_code == 413
