"""Ports of 127.0.0.1 that no other test takes, not even one that runs in another process now."""

import fcntl
import os
import random
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

PORTS = range(10_000, 20_000)
"""Below what Linux gives to outgoing connections, and apart from launch.endpoints.free_port."""

_folder = Path(tempfile.gettempdir()) / f"kinolenta-test-ports-{os.getuid()}"
_locks: list[int] = []


def own_port() -> int:
    """Return a port that is free, and keep it for this process until it ends.

    That a port is free now is not enough: a server may need ten seconds until it listens there,
    and dies if another test was given the same one meanwhile.
    """
    _folder.mkdir(exist_ok=True)
    while True:
        port = random.choice(PORTS)
        lock = os.open(_folder / str(port), os.O_CREAT | os.O_RDWR)
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            socket.create_server(("127.0.0.1", port)).close()
            _locks.append(lock)
            return port
        os.close(lock)
