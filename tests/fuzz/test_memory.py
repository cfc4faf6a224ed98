"""Services do not grow while hostile bodies come again and again."""

import psutil

from tests.fuzz.test_hostile_bodies import REFUSED
from tests.fuzz.wire import exchange, post
from tests.servers.service import Service

HEAVY = [body for body in REFUSED.values() if len(body) > 5_000_000]
ROUNDS = 3
GROWTH_MEGABYTES = 60
"""Per process, after 150 MB of bodies before each reading. The allocator keeps some."""
READINGS = 3
"""What the allocator keeps rises and falls by 20 MB; a leak only rises."""


def test_hostile_bodies_leave_no_memory_behind(service: Service) -> None:
    # After this, each process has the buffers and heaps that it needs once.
    for _ in range(ROUNDS):
        _send_all(service)
    before = _megabytes(service)

    readings = []
    for _ in range(READINGS):
        for _ in range(ROUNDS):
            _send_all(service)
        readings.append(_megabytes(service))

    grown = {pid: min(each[pid] for each in readings) - before[pid] for pid in before}
    assert max(grown.values()) < GROWTH_MEGABYTES, grown


def _send_all(service: Service) -> None:
    """Send every heavy body to both services, twice, so that most processes get it."""
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
