from collections.abc import Callable
from time import monotonic, sleep, time

import pytest
from celery import Celery
from kombu import Connection, Queue

from recs.stores import Stores
from recs.types import Generation, ItemId, UserId
from tests.servers.rabbitmq import RabbitMQServer
from workers.monitoring import measure, queue_length

ConnectTo = Callable[[str], Celery]


@pytest.fixture
def connect_to() -> ConnectTo:
    return lambda url: Celery(broker=url)


def test_a_sample_of_a_new_generation_is_full_of_noughts(stores: Stores, generation: Generation) -> None:
    sample = measure(stores, generation)

    assert abs(sample.pop("time") - time()) < 5
    assert sample == {"coverage": 0.0, "delay_p50_ms": None, "delay_p95_ms": None}


def test_a_sample_tells_totals_delays_and_coverage(stores: Stores, generation: Generation) -> None:
    stores.catalogue.add(generation, [(ItemId(f"i{n}"), ()) for n in range(40)])
    stores.lists.serve(UserId("u"), 10, newest=generation)
    stores.figures.note_delays(generation, [float(n) for n in range(100)])

    sample = measure(stores, generation)

    assert (sample["impressions"], sample["lists"], sample["coverage"]) == (10, 1, 0.25)
    assert (sample["delay_p50_ms"], sample["delay_p95_ms"]) == (50.0, 95.0)


def test_messages_that_wait_are_counted(
    broker_server: RabbitMQServer, namespace: str, connect_to: ConnectTo
) -> None:
    celery, name = connect_to(broker_server.url), f"{namespace}.interactions"
    before_it_exists = queue_length(celery, name)
    with Connection(broker_server.url) as connection:
        queue = Queue(name, channel=connection, auto_delete=True)
        queue.declare()
        for _ in range(3):
            connection.Producer().publish({}, routing_key=name)
        counted = within_a_second(lambda: queue_length(celery, name) == 3)
        queue.delete()
    celery.close()

    assert before_it_exists is None
    assert counted


def test_a_broker_that_is_gone_tells_nothing(connect_to: ConnectTo) -> None:
    assert queue_length(connect_to("amqp://127.0.0.1:1//"), "any") is None


def within_a_second(true: Callable[[], bool]) -> bool:
    end = monotonic() + 1
    while not true():
        if monotonic() > end:
            return False
        sleep(0.02)
    return True
