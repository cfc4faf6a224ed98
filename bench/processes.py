"""Memory and processor time of processes."""

from collections.abc import Callable
from dataclasses import dataclass
from os import getpid
from pathlib import Path
from resource import getpagesize
from time import perf_counter, process_time

import psutil


@dataclass(frozen=True)
class Cost:
    """What some work took, in seconds. processor: of this process alone."""

    wall: float
    processor: float


def cost_of(work: Callable[[], object]) -> Cost:
    """Do the work once; return what it took."""
    wall, processor = perf_counter(), process_time()
    work()
    return Cost(perf_counter() - wall, process_time() - processor)


def least_cost(work: Callable[[], object], times: int) -> Cost:
    """Do the work several times; return the least of each: other processes only add to it."""
    costs = [cost_of(work) for _ in range(times)]
    return Cost(min(each.wall for each in costs), min(each.processor for each in costs))


def resident_bytes(pid: int | None = None) -> int:
    """Return the resident memory of a process, mapped files included."""
    fields = Path(f"/proc/{pid or getpid()}/statm").read_text().split()
    return int(fields[1]) * getpagesize()


def own_bytes(pid: int | None = None) -> int:
    """Return the resident memory of a process without mapped files, such as statistics."""
    fields = Path(f"/proc/{pid or getpid()}/statm").read_text().split()
    return (int(fields[1]) - int(fields[2])) * getpagesize()


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process so far. Raises psutil.Error."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
