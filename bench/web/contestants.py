"""What is measured: the service, floors on the same gunicorn, rivals. All run at once, idle."""

import socket
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil

from launch.endpoints import free_port
from tests.servers.processes import OwnProcess

ROOT = Path(__file__).parents[2]
GUNICORN = (sys.executable, "-m", "gunicorn", "-w", "2")
OURS = ("-c", "app/gunicorn_conf.py")
AS_SHIPPED = (
    "-k",
    "gthread",
    "--keep-alive",
    "30",
    "--no-control-socket",
    "--http-parser",
    "python",
)
UVICORN = (sys.executable, "-m", "uvicorn", "--workers", "2", "--log-level", "warning", "--factory")
LISTS, INTERACTIONS = "lists", "interactions"


@dataclass(frozen=True)
class Contestant:
    """A server under test. of: its table. processes: those whose processor time counts."""

    name: str
    of: str
    port: int
    processes: Callable[[], list[psutil.Process]]
    path: str = ""
    is_alone: bool = False
    """Whether the workers are stopped meanwhile."""


def floor(name: str, of: str, app: str, threads: int, settings: Sequence[str] = OURS) -> "Server":
    """Return a Flask floor on gunicorn, with our settings, or as shipped."""
    port = free_port()
    command = (*GUNICORN, *settings, "--threads", str(threads), "-b", f"127.0.0.1:{port}", app)
    return Server(name, of, port, command)


def rival(name: str, of: str, app: str) -> "Server":
    """Return a FastAPI application on two uvicorn processes."""
    port = free_port()
    return Server(name, of, port, (*UVICORN, "--port", str(port), app))


@dataclass(frozen=True)
class Server:
    """How to start a floor or a rival."""

    name: str
    of: str
    port: int
    command: Sequence[str]

    @contextmanager
    def running(self, environ: Mapping[str, str], folder: Path) -> Iterator[Contestant]:
        """Run the server."""
        log = folder / f"{self.name.replace(' ', '-').replace('/', '-')}.log"
        is_ready = partial(speaks_http, self.port)
        process = OwnProcess(self.command, log, is_ready, environ, folder=ROOT)
        process.start()
        try:
            yield Contestant(self.name, self.of, self.port, lambda: tree(process.pid))
        finally:
            process.stop()


def speaks_http(port: int) -> bool:
    """Say whether a server answers there, whatever the status."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as asked:
        asked.settimeout(5)
        asked.sendall(b"GET /recs/x HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n")
        return asked.recv(5) == b"HTTP/"
    return False


def tree(pid: int) -> list[psutil.Process]:
    """Return a process and all its descendants."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


FLOORS = (
    floor("floor: Flask, one Redis GET", LISTS, "bench.web.floors:get()", 4),
    floor("Flask, nothing at all", LISTS, "bench.web.floors:nothing()", 4),
    floor("Flask, one GET, gunicorn as shipped", LISTS, "bench.web.floors:get()", 4, AS_SHIPPED),
    floor("floor: Flask, one confirmed publish", INTERACTIONS, "bench.web.floors:publish()", 8),
    floor("Flask, Celery's apply_async", INTERACTIONS, "bench.web.floors:apply_async()", 8),
    floor(
        "Flask, one publish, gunicorn as shipped",
        INTERACTIONS, "bench.web.floors:publish()", 8, AS_SHIPPED,
    ),
)  # fmt: skip
RIVALS = (
    rival("FastAPI, two uvicorn, one GET", LISTS, "bench.web.rivals:get"),
    rival("FastAPI, aio-pika, confirmed", INTERACTIONS, "bench.web.rivals:publish"),
)
