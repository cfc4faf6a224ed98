"""The short form of `make backlog`, and how much memory of the broker a long queue takes."""

import psutil
from kombu import Connection, Producer, Queue

from tests.chaos.backlog import pile_up
from tests.chaos.stage import Stage

MESSAGES = 30_000
MEGABYTES_MOST = 120
"""In memory, so many messages take twice as much; on disk, half."""


def test_none_of_the_interactions_that_wait_is_refused_or_lost(stage: Stage) -> None:
    found = pile_up(stage, interactions=3_000)

    assert (found.accepted, found.refused, found.lost) == (3_000, 0, 0)


def test_what_waits_for_the_ingest_worker_waits_on_disk(stage: Stage) -> None:
    broker = psutil.Process(stage.broker.pid)
    before = broker.memory_info().rss
    with Connection(stage.broker.url) as connection:
        queue = Queue("long.interactions", channel=connection)
        queue.declare()
        producer = Producer(connection.default_channel, auto_declare=False)
        for _ in range(MESSAGES):
            producer.publish("x" * 500, routing_key="long.interactions", delivery_mode=2)
        grown = (broker.memory_info().rss - before) / 2**20
        queue.delete()

    assert grown < MEGABYTES_MOST
