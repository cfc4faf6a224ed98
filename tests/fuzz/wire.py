"""Sends bytes to a service that no HTTP client would send, and reads the answer."""

import socket
import time
from contextlib import closing

from recs.settings import Settings


def connect(port: int) -> socket.socket:
    """Open a connection. Waiting longer than 15 s raises TimeoutError: a hang was found."""
    return socket.create_connection(("127.0.0.1", port), timeout=15)


def exchange(port: int, *parts: bytes, pause: float = 0.0) -> int:
    """Send bytes and return the status of the answer; 0 if the service hung up without one."""
    with closing(connect(port)) as connection:
        try:
            for part in parts:
                connection.sendall(part)
                time.sleep(pause)
            return status_of(connection)
        except (ConnectionResetError, BrokenPipeError):
            # It answered and closed while we were still sending.
            return status_of(connection)


def status_of(connection: socket.socket) -> int:
    try:
        head = connection.makefile("rb").readline()
    except ConnectionResetError:
        return 0
    return int(head.split()[1]) if head else 0


def post(path: str, body: bytes, *headers: bytes) -> bytes:
    """Return a request with any body."""
    length = b"Content-Length: %d" % len(body)
    lines = [b"POST %s HTTP/1.1" % path.encode(), b"Host: kinolenta", length, *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def is_alive(settings: Settings) -> bool:
    """Say whether both services answer within a second."""
    for port in (settings.collector_port, settings.recommender_port):
        begun = time.monotonic()
        try:
            status = exchange(port, b"GET /healthcheck HTTP/1.1\r\nHost: kinolenta\r\n\r\n")
        except TimeoutError:
            return False
        if status != 200:
            return False
        if time.monotonic() - begun > 1.0:
            return False
    return True
