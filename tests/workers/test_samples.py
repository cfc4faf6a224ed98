from time import time

from celery import Celery
from kombu import Connection, Queue

from recs.stores import Stores
from recs.types import Generation, UserId
from tests.servers.rabbitmq import RabbitMQServer
from tests.waiting import until
from workers.samples import measure, queue_length


def test_a_sample_of_a_new_generation_is_full_of_noughts(
    stores: Stores, generation: Generation
) -> None:
    sample = measure(stores, generation)

    assert abs(sample.pop("time") - time()) < 5
    assert sample == {
        "coverage": 0.0,
        "dead_letters": 0,
        "waiting": 0,
        "delay_p50_ms": None,
        "delay_p95_ms": None,
    }


def test_a_sample_tells_totals_delays_coverage_and_who_waits(
    stores: Stores, generation: Generation
) -> None:
    meta = {"figures": {"totals": {"likes": 7}, "coverage": 0.25}}
    stores.statistics.publish(generation, "statistics", {}, meta)
    stores.time_series.note_delays(generation, [float(n) for n in range(100)])
    stores.waiting.add(generation, [UserId("u"), UserId("v")], 1.0)
    stores.log.set_aside(generation, "queue", "nonsense", "x")

    sample = measure(stores, generation)

    assert (sample["likes"], sample["coverage"], sample["waiting"]) == (7, 0.25, 2)
    assert (sample["delay_p50_ms"], sample["delay_p95_ms"]) == (50.0, 95.0)
    assert sample["dead_letters"] == 1


def test_messages_that_wait_are_counted(broker_server: RabbitMQServer, namespace: str) -> None:
    celery, name = Celery(broker=broker_server.url), f"{namespace}.interactions"
    before_it_exists = queue_length(celery, name)
    with Connection(broker_server.url) as connection:
        queue = Queue(name, channel=connection, auto_delete=True)
        queue.declare()
        for _ in range(3):
            connection.Producer().publish({}, routing_key=name)
        counted = until(lambda: queue_length(celery, name) == 3, 1)
        queue.delete()
    celery.close()

    assert before_it_exists is None
    assert counted


def test_a_broker_that_is_gone_tells_nothing() -> None:
    assert queue_length(Celery(broker="amqp://127.0.0.1:1//"), "any") is None
