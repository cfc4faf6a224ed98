"""What a benchmark reads of processes: memory, processor time."""

from collections.abc import Callable
from dataclasses import dataclass
from os import getpid
from pathlib import Path
from resource import getpagesize
from time import perf_counter, process_time
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Cost:
    """What a piece of work took. wall, processor: seconds, the latter of this process alone."""

    wall: float
    processor: float


def cost_of(work: Callable[[], object]) -> Cost:
    """Do it once and say what it took."""
    wall, processor = perf_counter(), process_time()
    work()
    return Cost(perf_counter() - wall, process_time() - processor)


def least_cost(work: Callable[[], object], times: int) -> Cost:
    """Do it so many times; the least of each: other processes only ever add to it."""
    costs = [cost_of(work) for _ in range(times)]
    return Cost(min(each.wall for each in costs), min(each.processor for each in costs))


def resident_bytes(pid: int | None = None) -> int:
    """Return the memory that a process has now, without what other processes map, too."""
    fields = Path(f"/proc/{pid or getpid()}/statm").read_text().split()
    return int(fields[1]) * getpagesize()


def own_bytes(pid: int | None = None) -> int:
    """Return the memory that no file stands behind: mapped statistics do not count."""
    fields = Path(f"/proc/{pid or getpid()}/statm").read_text().split()
    return (int(fields[1]) - int(fields[2])) * getpagesize()
