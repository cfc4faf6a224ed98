"""What the service costs without requests, and how long it takes to start."""

import os
from collections import defaultdict
from pathlib import Path
from time import monotonic, sleep

import psutil

from bench import world
from bench.processes import processor_seconds
from launch.endpoints import answers, endpoints
from tests.servers.service import MAKE_RUN, Service


def measure(service: Service, servers: dict[str, int], seconds: float) -> dict[str, float]:
    """Return the percent of one core that each line of the Procfile, and each server, takes.

    servers: name -> process id.
    """
    before = _times(service, servers)
    sleep(seconds)
    after = _times(service, servers)
    found = {name: 100 * (after[name] - before[name]) / seconds for name in after}
    service_only = sum(found[name] for name in found if name not in servers)
    return {"service": service_only, **dict(sorted(found.items(), key=lambda each: -each[1]))}


def start_seconds(folder: Path) -> float:
    """Start a service as `make run` does, without servers; return when all its ports answer."""
    settings = world.settings_of(
        folder,
        "redis://127.0.0.1:1/0",
        data_dir=folder / "start",
        broker_url="amqp://127.0.0.1:1//",
        namespace=f"bench-start-{os.getpid()}",
    )
    service = Service(settings, MAKE_RUN)
    service._ready = lambda: all(answers(url) for url in endpoints(settings).values())
    begun = monotonic()
    service.start()
    took = monotonic() - begun
    service.stop()
    return took


def _times(service: Service, servers: dict[str, int]) -> dict[str, float]:
    times: dict[str, float] = defaultdict(float)
    # Not by NAMESPACE: floors and rivals have the same one.
    honcho = psutil.Process(service.pid)
    for process in (honcho, *honcho.children(recursive=True)):
        try:
            name = process.environ().get("HONCHO_PROCESS_NAME", "launcher").split(".")[0]
            times[name] += processor_seconds(process.pid)
        except psutil.Error:
            continue
    for name, pid in servers.items():
        times[name] += processor_seconds(pid)
    return times
