"""How fast ingest empties a full queue: one interaction a message, and a hundred."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from kombu import Connection

from app.prepared import PreparedTask
from bench import world
from bench.processes import processor_seconds
from bench.waiting import wait
from recs.interactions import Action
from recs.stores import Stores
from recs.stores.log import Kind
from tests.servers.service import Service
from workers import celery
from workers.queues import queue

USERS = 3_000


def measure(service: Service, stores: Stores, total: int, a_message: int) -> dict[str, float]:
    """Queue `total` interactions, then time ingest, and the ranking of their users."""
    settings, generation = service.settings, stores.generations.current()
    ingest = service.process("ingest").pid
    with paused(service, "ingest"):
        before = _logged(stores)
        with Connection(settings.broker_url) as broker:
            waiting = queue(settings, "interactions").bind(broker.default_channel)
            waiting.declare()
            prepared = PreparedTask(celery, settings.queue("interactions"))
            for start in range(0, total, a_message):
                rows = [
                    [world.user_id(n % USERS), f"item-{n % 1000}", Action.LIKE.value, "1000.000000"]
                    for n in range(start, start + a_message)
                ]
                prepared.send(broker.default_channel, (generation, rows), {})
            waiting.queue_declare(passive=True)  # a round trip: all has arrived
    begun, used = monotonic(), processor_seconds(ingest)
    bytes_wanted = before + sum(
        len(f"{world.user_id(n % USERS)},item-{n % 1000},like,1000.000000\n") for n in range(total)
    )
    wait(lambda: _logged(stores) >= bytes_wanted)
    ingested = monotonic() - begun
    spent = processor_seconds(ingest) - used
    wait(lambda: not stores.waiting.length(generation))
    return {
        "interactions": total,
        "a_message": a_message,
        "a_second": total / ingested,
        "a_processor_second": total / max(spent, 1e-9),
        "ranked_after_s": monotonic() - begun,
    }


@contextmanager
def paused(service: Service, *names: str) -> Iterator[None]:
    """Stop processes of the service meanwhile."""
    some = [process for name in names for process in service.processes(name)]
    for each in some:
        each.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for each in some:
            each.send_signal(signal.SIGCONT)


def _logged(stores: Stores) -> int:
    return sum(stores.log.sizes(stores.generations.current(), Kind.INTERACTIONS).values())
