"""Makes `nice` count between sessions.

Linux with autogroups (sched(7): Debian, Ubuntu, Fedora, Arch) shares out the processor among
sessions first; `nice` only orders the processes inside one. Each process that we start has a
session of its own, so without this its niceness would change nothing.
"""

from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

RETRY_SECONDS = 0.11
"""The kernel takes one change in 0.1 s, of all users but root together."""
RETRIES_SECONDS = 10.0


def set_niceness(pid: int, niceness: int) -> None:
    """Set the niceness of the session of a process, where the kernel has autogroups."""
    group, until = Path(f"/proc/{pid}/autogroup"), monotonic() + RETRIES_SECONDS
    with suppress(OSError):  # no autogroups here, or the process is gone
        while not _write(group, f"{niceness}".encode()) and monotonic() < until:
            sleep(RETRY_SECONDS)


def _write(file: Path, what: bytes) -> bool:
    """Write at once; False: the kernel says EAGAIN. Raises OSError."""
    with file.open("wb", buffering=0) as opened:
        return opened.write(what) is not None
