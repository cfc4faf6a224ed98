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
from launch.endpoints import answers
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.generations import LEASE_SECONDS
from recs.types import Generation
from tests.app.conftest import NOWHERE, end
from tests.servers.ports import own_port
from tests.servers.rabbitmq import RABBITMQ_SERVER, RabbitMQServer
from tests.servers.redis_servers import REDIS_SERVER, RedisServer
from tests.servers.service import HONCHO, Service

A_SECOND = 1.0
BUSY = 1.0
"""Seconds that a busy machine may add to what the service promises. What these tests guard against
takes longer: redis-py as shipped waits for 2.5 s or 10 s, and requests that wait in turn add up."""


class Web(Service):
    """Collector and recommender alone."""

    def _answers(self) -> bool:
        return answers(self.settings.collector) and answers(self.settings.recommender)

    def add_items(self) -> None:
        items = {"item_ids": [f"i{n}" for n in range(50)]}
        requests.post(f"{self.settings.recommender}/add_items", json=items).raise_for_status()

    def interact(self, user: str = "u", item: str = "i") -> tuple[Response, float]:
        """Send a like; return the answer and how long it took."""
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
def web(
    broker: RabbitMQServer, redis: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Web]:
    settings = Settings(
        namespace="outages",
        data_dir=tmp_path_factory.mktemp("web") / "data",
        collector_port=own_port(),
        recommender_port=own_port(),
        broker_url=broker.url,
        redis_url=redis.url,
    )
    settings.data_dir.mkdir()
    web = Web(settings, (*HONCHO, "collector", "recommender"))
    web.start()
    web.add_items()
    for _ in range(20):  # so that each of the processes has served
        web.interact()[0].raise_for_status()
        web.recs()[0].raise_for_status()
    yield web
    web.stop()


@pytest.fixture
def trial(own_redis: RedisServer, tmp_path: Path) -> Iterator[Web]:
    """A collector and a recommender whose broker is their Redis."""
    settings = Settings(
        namespace="trial",
        data_dir=tmp_path / "data",
        collector_port=own_port(),
        recommender_port=own_port(),
        broker_url=own_redis.url.replace("/0", "/1"),
        redis_url=own_redis.url,
    )
    settings.data_dir.mkdir()
    trial = Web(settings, (*HONCHO, "collector", "recommender"))
    trial.start()
    yield trial
    trial.stop()


@pytest.fixture
def generation(web: Web) -> int:
    return int(requests.get(f"{web.settings.recommender}/catalogue").json()["generation"])


def at_once(ask: Callable[[], tuple[Response, float]], count: int) -> list[tuple[Response, float]]:
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: ask(), range(count)))


def works_again(ask: Callable[[], tuple[Response, float]], within_seconds: float = 5) -> bool:
    """Wait until all are answered, by each process: one may refuse for longer than another."""
    end = monotonic() + within_seconds
    while monotonic() < end:
        if {answer.status_code for answer, _ in at_once(ask, 20)} == {200}:
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
    web: Web, broker: RabbitMQServer
) -> None:
    broker.pause()
    try:
        first, second = web.interact(), web.interact()
        others = at_once(web.interact, 20)
        sleep(0.6)
        later = at_once(web.interact, 20)
    finally:
        broker.resume()

    wrong = [each for each in [first, second, *others, *later] if not refused_in_time(*each)]
    assert wrong == []
    assert works_again(web.interact)


def test_a_broker_that_is_gone_is_a_503_within_a_second_until_it_is_back(
    web: Web, broker: RabbitMQServer
) -> None:
    broker.kill()
    try:
        answers = [web.interact(), web.interact(), *at_once(web.interact, 20)]
        lists = [web.recs()[0].status_code for _ in range(5)]
    finally:
        broker.start()

    assert [each for each in answers if not refused_in_time(*each)] == []
    assert lists == [200] * 5
    assert works_again(web.interact)


def test_a_broker_that_answers_and_confirms_late_refuses_nobody(
    web: Web, broker: RabbitMQServer
) -> None:
    broker.suspend_queue(web.settings.queue("interactions"), seconds=2.5)

    answers = at_once(web.interact, 20)

    assert {answer.status_code for answer, _ in answers} == {200}


def test_a_broker_short_of_memory_is_a_503_within_a_second_until_it_has_some(
    web: Web, broker: RabbitMQServer
) -> None:
    broker.control("set_vm_memory_high_watermark", "0")
    try:
        answers = [web.interact(), *at_once(web.interact, 20)]
    finally:
        broker.control("set_vm_memory_high_watermark", "0.4")

    assert [each for each in answers if not refused_in_time(*each)] == []
    assert works_again(web.interact)


def test_a_restart_of_the_broker_between_two_interactions_goes_unnoticed(
    web: Web, broker: RabbitMQServer
) -> None:
    assert {answer.status_code for answer, _ in at_once(web.interact, 20)} == {200}
    broker.restart()

    assert {answer.status_code for answer, _ in at_once(web.interact, 20)} == {200}


def test_a_redis_that_hangs_does_not_keep_interactions_out(
    web: Web, redis: RedisServer, generation: int
) -> None:
    queued(web.settings)
    redis.pause()
    try:
        answers = [web.interact("while hung"), *at_once(lambda: web.interact("while hung"), 20)]
    finally:
        redis.resume()

    assert [(each.status_code, s) for each, s in answers if each.status_code != 200] == []
    assert max(seconds for _, seconds in answers) < A_SECOND + BUSY
    messages = queued(web.settings)
    assert {message_generation for message_generation, _ in messages} == {generation}
    assert sum(len(rows) for _, rows in messages) == 21


def test_a_redis_that_hangs_and_a_broker_that_was_restarted_keep_no_interaction_out(
    web: Web, redis: RedisServer, broker: RabbitMQServer
) -> None:
    assert {answer.status_code for answer, _ in at_once(web.interact, 20)} == {200}
    broker.restart()
    redis.pause()
    try:
        answers = at_once(web.interact, 20)
    finally:
        redis.resume()

    assert {answer.status_code for answer, _ in answers} == {200}


def test_a_redis_that_hangs_leaves_a_list_of_known_items_for_everybody(
    web: Web, redis: RedisServer
) -> None:
    redis.pause()
    try:
        answers = [web.recs(), web.recs(), *at_once(web.recs, 20)]
    finally:
        redis.resume()

    assert {answer.status_code for answer, _ in answers} == {200}
    assert all(len(set(answer.json()["item_ids"])) == 10 for answer, _ in answers)
    assert max(seconds for _, seconds in answers) < A_SECOND + BUSY


def test_a_redis_that_is_gone_leaves_interactions_and_lists(web: Web, redis: RedisServer) -> None:
    redis.kill()
    try:
        interactions = at_once(web.interact, 10)
        lists = at_once(web.recs, 10)
        popular = requests.get(f"{web.settings.recommender}/popular")
    finally:
        redis.start()

    assert {answer.status_code for answer, _ in interactions + lists} == {200}
    assert all(len(answer.json()["item_ids"]) == 10 for answer, _ in lists)
    assert max(seconds for _, seconds in interactions + lists) < A_SECOND + BUSY
    assert (popular.status_code, len(popular.json()["item_ids"])) == (200, 10)
    assert works_again(web.recs)


def test_with_both_hung_an_interaction_is_refused_within_a_second(
    web: Web, redis: RedisServer, broker: RabbitMQServer
) -> None:
    redis.pause()
    broker.pause()
    try:
        answers = [web.interact(), *at_once(web.interact, 20)]
    finally:
        redis.resume()
        broker.resume()

    assert [each for each in answers if not refused_in_time(*each)] == []
    assert works_again(web.interact)


def test_a_recommender_that_starts_without_redis_serves_the_catalogue_on_disk(
    web: Web,
) -> None:
    app = create_app("recommender", replace(web.settings, redis_url=NOWHERE["redis_url"]))
    answer = app.test_client().get("/recs/u")
    end(app)

    assert answer.status_code == 200
    assert len(answer.get_json()["item_ids"]) == 10


def test_an_emptied_redis_still_has_a_list_for_everybody_of_the_same_generation(
    web: Web, redis: RedisServer, generation: int
) -> None:
    shown = web.recs("shown before")[0].json()["item_ids"]
    with connection.long_timeout(redis.url) as client:
        stores = Stores(web.settings, client)
        client.flushall()

        answers = at_once(web.recs, 10)

        assert {len(answer.json()["item_ids"]) for answer, _ in answers} == {10}
        assert stores.generations.current() == generation
        stores.replay.reconcile(Generation(generation))
    assert not set(shown) & set(web.recs("shown before")[0].json()["item_ids"])


@pytest.mark.parametrize("is_there", [True, False], ids=["with redis", "without"])
def test_after_a_cleanup_no_process_serves_what_was_before(
    web: Web, redis: RedisServer, is_there: bool
) -> None:
    if not is_there:
        redis.kill()
    try:
        cleaned, seconds = _timed(lambda: requests.get(f"{web.settings.recommender}/cleanup"))
        empty = [answer.json()["item_ids"] for answer, _ in at_once(web.recs, 40)]
        web.add_items()
        full = [answer.json()["item_ids"] for answer, _ in at_once(web.recs, 40)]
    finally:
        if not is_there:
            redis.start()

    assert cleaned.status_code == 200
    assert seconds < LEASE_SECONDS + A_SECOND + BUSY
    assert empty == [[]] * 40
    assert {len(items) for items in full} == {10}


def test_in_trial_mode_a_redis_that_hangs_is_a_503_within_a_second(
    trial: Web, own_redis: RedisServer
) -> None:
    assert works_again(trial.interact)
    own_redis.pause()
    try:
        answers = [trial.interact(), trial.interact(), *at_once(trial.interact, 20)]
    finally:
        own_redis.resume()

    assert [each for each in answers if not refused_in_time(*each)] == []
    assert works_again(trial.interact)


@pytest.mark.parametrize("user", ["a/b", "/", "a%2Fb", "50%", "a b", "фильм", "?x", "#", "a+b"])
def test_odd_ids_come_through_the_real_server(web: Web, user: str) -> None:
    queued(web.settings)
    address = f"{web.settings.collector}/interact/{quote(user, safe='')}/{quote(user, safe='')}"

    assert requests.delete(address).status_code == 200
    assert web.recs(user)[0].status_code == 200
    ((_, [row]),) = queued(web.settings)
    assert row[:2] == [user, user]


def test_a_body_without_a_length_is_bounded_too(web: Web) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(33):
            yield b" " * 2**20

    answer = requests.post(f"{web.settings.collector}/interact", data=endless())

    assert answer.status_code == 413
