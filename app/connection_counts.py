"""How many connections each process of one gunicorn serves, in memory that all of them share.

As shipped, the process that happens to be awake accepts all connections that are opened together,
and keeps them as long as their clients do. Of 16, one of two processes often had all, and both
together answered half as many requests a second.
"""

from mmap import mmap
from time import sleep

PROCESSES_MOST = 64
MORE_AT_MOST = 2
"""How many more connections a process may have before it waits. With 0 or 1, clients that open a
connection for each request lose 20 to 35 % of their requests a second; with 2, 12 %.
"""
TURN_SECONDS = 0.001
"""How long a process that has more waits, so that another one accepts the next connection."""

_counts = memoryview(mmap(-1, 4 * PROCESSES_MOST)).cast("i")
"""For each process, 1 + its connections; 0 where there is no process. Made before the fork."""


def tell(age: int, connections: int) -> None:
    """Set how many connections a process has. age: gunicorn's number of the process."""
    _counts[age % PROCESSES_MOST] = connections + 1


def forget(age: int) -> None:
    """Remove a process that has ended."""
    _counts[age % PROCESSES_MOST] = 0


def let_others(connections: int) -> None:
    """Wait for a moment if another process has clearly fewer connections than this one."""
    fewest = min(filter(None, _counts), default=connections + 1) - 1
    if connections - fewest > MORE_AT_MOST:
        sleep(TURN_SECONDS)
