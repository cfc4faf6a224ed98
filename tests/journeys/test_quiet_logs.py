"""The log of the whole service while a server is away: a few lines, and who is away is in them."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event, Thread
from time import sleep

import pytest
import requests

from recs.settings import Settings
from tests.servers.processes import OwnProcess
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisServer
from tests.servers.service import Service
from tests.waiting import until

AWAY_SECONDS = 10
"""In which the client asks 300 times."""
LINES_MOST = 50


@pytest.fixture
def service(
    own_broker: RabbitMQServer,
    own_redis: RedisServer,
    settings: Settings,
    start_service: Callable[[Settings], Service],
) -> Iterator[Service]:
    """The whole service on servers of its own, with a client that asks ten times a second."""
    service = start_service(replace(settings, broker_url=own_broker.url, redis_url=own_redis.url))
    over = Event()
    client = Thread(target=ask, args=(service.settings, over))
    client.start()
    yield service
    over.set()
    client.join()


def ask(settings: Settings, over: Event) -> None:
    like = {"user_id": "u", "item_ids": ["a"], "actions": ["like"]}
    while not over.wait(0.1):
        requests.post(f"{settings.collector}/interact", json=like, timeout=10)
        requests.get(f"{settings.recommender}/recs/u", timeout=10)
        requests.get(f"{settings.recommender}/readyz", timeout=10)


def is_ready(service: Service) -> bool:
    answer = requests.get(f"{service.settings.recommender}/readyz", timeout=10)
    return bool(answer.json()["status"] == "ok")


def lines_while_away(service: Service, server: OwnProcess) -> list[str]:
    """Take a server away and give it back; return what was logged until all was well again."""
    assert until(lambda: is_ready(service), seconds=60)
    before = len(service.log.read_text().splitlines())
    server.stop()
    sleep(AWAY_SECONDS)
    server.start()
    assert until(lambda: is_ready(service), seconds=90)
    return service.log.read_text().splitlines()[before:]


def test_a_server_away_for_ten_seconds_writes_few_lines_that_name_it(
    service: Service, own_broker: RabbitMQServer, own_redis: RedisServer
) -> None:
    for server, name in ((own_broker, "broker"), (own_redis, "Redis")):
        lines = lines_while_away(service, server)

        assert len(lines) < LINES_MOST, "\n".join(lines)
        assert any(name in line for line in lines)
        assert not any("Traceback" in line for line in lines)
