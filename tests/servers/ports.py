"""Ports of 127.0.0.1 that no other test takes, not even one that runs in another process now."""

import fcntl
import os
import random
import socket
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

PORTS = range(10_000, 20_000)
"""Below what Linux gives to outgoing connections, and apart from launch.endpoints.free_port."""
REFUSED_BY_BROWSERS = 10_080
"""The one of them that Chromium opens no page at (ERR_UNSAFE_PORT)."""

_own: set[int] = set()


def own_port() -> int:
    """Return a port that is free, and keep it for this process until it is given back.

    That a port is free now is not enough: a server may need ten seconds until it listens there,
    and dies if another test was given the same one meanwhile.
    """
    while True:
        port = random.choice(PORTS)
        if port in _own or port == REFUSED_BY_BROWSERS:
            continue
        with suppress(OSError):
            fcntl.lockf(_locks(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
            _own.add(port)
            socket.create_server(("127.0.0.1", port)).close()
            return port
        give_back(port)


def give_back(*ports: int) -> None:
    """Let others have ports that this process keeps; others than that are left alone."""
    for port in _own.intersection(ports):
        fcntl.lockf(_locks(), fcntl.LOCK_UN, 1, port)
        _own.remove(port)


@cache
def _locks() -> int:
    """Return a file of which each byte is the lock of a port; Linux frees them with the process."""
    path = Path(tempfile.gettempdir()) / f"kinolenta-test-ports-{os.getuid()}.locks"
    return os.open(path, os.O_CREAT | os.O_RDWR)
