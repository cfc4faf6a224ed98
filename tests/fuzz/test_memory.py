"""Hostile bodies, again and again: the services do not grow."""

import psutil

from tests.fuzz.test_hostile_bodies import REFUSED
from tests.fuzz.wire import exchange, post
from tests.servers.service import Service

HEAVY = [body for body in REFUSED.values() if len(body) > 5_000_000]
ROUNDS = 3
GROWTH_MEGABYTES = 60
"""Of a process that has taken 150 MB of bodies before each reading. The allocator keeps some."""
READINGS = 3
"""What the allocator keeps goes up and down by 20 MB; what leaks only goes up."""


def test_hostile_bodies_leave_no_memory_behind(service: Service) -> None:
    # What is needed once, buffers and heaps, is there after this, in each process.
    for _ in range(ROUNDS):
        _suffer(service)
    before = _megabytes(service)

    readings = []
    for _ in range(READINGS):
        for _ in range(ROUNDS):
            _suffer(service)
        readings.append(_megabytes(service))

    grown = {pid: min(each[pid] for each in readings) - before[pid] for pid in before}
    assert max(grown.values()) < GROWTH_MEGABYTES, grown


def _suffer(service: Service) -> None:
    """Send every heavy body to each process of both services, or to most."""
    for body in HEAVY:
        for _ in range(2):
            exchange(service.settings.collector_port, post("/interact", body))
            exchange(service.settings.recommender_port, post("/add_items", body))


def _megabytes(service: Service) -> dict[int, float]:
    """Return process id -> memory, of the processes that answer requests."""
    return {
        worker.pid: worker.memory_info().rss / 2**20
        for name in ("collector", "recommender")
        for worker in _workers(service.process(name))
    }


def _workers(arbiter: psutil.Process) -> list[psutil.Process]:
    return arbiter.children()
