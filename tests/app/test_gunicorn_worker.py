"""Our worker class, and the parser in C, answer as gunicorn's own do, byte for byte.

Not the date, and not the text of what is refused.
"""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest

from app.metrics import FOLD_SECONDS
from tests.servers.ports import own_port
from tests.servers.processes import OwnProcess
from tests.waiting import until

pytestmark = pytest.mark.servers

ROOT = Path(__file__).parents[2]
APP = "tests.servers.wsgi_answers:answer"
COLLECTOR = ("-c", "app/gunicorn_conf.py", "app:create_app('collector')")
WORKERS = ("gthread", "app.gunicorn_worker.Worker")
PARSERS = ("python", "auto")
GET = "GET {} HTTP/1.1\r\nHost: k\r\n\r\n"
REQUESTS = {
    "a text": GET.format("/text"),
    "two parts": GET.format("/parts"),
    "no length": GET.format("/chunks"),
    "nothing": GET.format("/empty"),
    "no content": GET.format("/204"),
    "a file": GET.format("/file"),
    "an error at once": GET.format("/error"),
    "an error after a part": GET.format("/late"),
    "a lie about the length": GET.format("/short"),
    "head": "HEAD /text HTTP/1.1\r\nHost: k\r\n\r\n",
    "old": "GET /text HTTP/1.0\r\n\r\n",
    "old without length": "GET /chunks HTTP/1.0\r\n\r\n",
    "the last one": "GET /text HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n",
    "a body": "POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 5\r\n\r\nhello",
    "a body in chunks": "POST /echo HTTP/1.1\r\nHost: k\r\nTransfer-Encoding: chunked\r\n\r\n"
    "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    "a body that nobody reads": "POST /text HTTP/1.1\r\nHost: k\r\nContent-Length: 5\r\n\r\nhello",
    "sent ahead": 3 * GET.format("/text"),
    "sent ahead of an end": 2 * GET.format("/text")
    + "GET /text HTTP/1.1\r\nHost: k\r\nConnection: close\r\n\r\n",
    "an empty line before": "\r\n" + GET.format("/text"),
    "not HTTP": "hello\r\n\r\n",
    "a line too long": GET.format("/" + "a" * 9_000),
    "a header too long": f"GET /text HTTP/1.1\r\nHost: k\r\nX: {'a' * 9_000}\r\n\r\n",
    "too many headers": "GET /text HTTP/1.1\r\nHost: k\r\n" + "X: 1\r\n" * 65 + "\r\n",
    "two lengths": "POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 1\r\n"
    "Content-Length: 2\r\n\r\nab",
    "two ways to tell a length": "POST /echo HTTP/1.1\r\nHost: k\r\nContent-Length: 1\r\n"
    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": "GET /text HTTP/1.1\r\nHost : k\r\n\r\n",
    "two hosts": "GET /text HTTP/1.1\r\nHost: k\r\nHost: l\r\n\r\n",
    "an underscore": "GET /text HTTP/1.1\r\nHost: k\r\nX_Y: 1\r\n\r\n",
    "a control character": "GET /a\x01b HTTP/1.1\r\nHost: k\r\n\r\n",
    "only line feeds": "GET /text HTTP/1.1\nHost: k\n\n",
}


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[int]]:
    """Ports of gunicorn as shipped with its parser in Python, and of ours."""
    folder = tmp_path_factory.mktemp("gunicorn")
    servers = [
        _server(folder, "-k", name, "--http-parser", parser, "--keep-alive", "1", APP)
        for name, parser in zip(WORKERS, PARSERS, strict=True)
    ]
    for server, _ in servers:
        server.start()
    yield [port for _, port in servers]
    for server, _ in servers:
        server.stop()


def _server(folder: Path, *options: str, files: int = 1_024) -> tuple[OwnProcess, int]:
    """Return a gunicorn and its port. files: how many it may have open."""
    port = own_port()
    command = ("prlimit", f"--nofile={files}", *_command(port, *options))

    def is_ready() -> bool:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port))):
            return True
        return False

    return OwnProcess(command, folder / f"{port}.log", is_ready, folder=ROOT), port


def _command(port: int, *options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "--threads", "2"),
        *("--no-control-socket", "--limit-request-line", "8190", "--limit-request-fields", "64"),
        *options,
    ]


@pytest.mark.parametrize("name", REQUESTS)
def test_the_answer_is_gunicorns_own(ports: list[int], name: str) -> None:
    theirs, ours = (_said(port, REQUESTS[name].encode("latin-1")) for port in ports)

    assert theirs == ours


def test_a_new_connection_for_each_request_is_answered(ports: list[int]) -> None:
    for _ in range(50):
        assert _said(ports[1], REQUESTS["the last one"].encode()).startswith(b"HTTP/1.1 200")


def test_clients_that_stay_when_they_have_their_answer_stop_nobody(ports: list[int]) -> None:
    with ExitStack() as staying:
        for _ in range(10):
            client = socket.create_connection(("127.0.0.1", ports[1]), timeout=10)
            staying.enter_context(closing(client)).sendall(REQUESTS["the last one"].encode())
        begun = time.monotonic()

        assert _said(ports[1], REQUESTS["a text"].encode()).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - begun < 1


def test_requests_that_wait_leave_all_threads_to_others(ports: list[int]) -> None:
    """There are two threads."""
    with ExitStack() as until_over:
        clients = [until_over.enter_context(_connected(ports[1])) for _ in range(10)]
        for client in clients:
            client.sendall(GET.format("/later").encode() + GET.format("/text").encode())

        assert until(lambda: _body(ports[1], "/waiting") == b"10")
        assert _body(ports[1], "/wake") == b"10"
        for client in clients:
            assert _answers(client, 2) == 2


def test_who_waits_when_the_service_stops_is_answered(tmp_path: Path) -> None:
    server, port = _server(tmp_path, "-k", WORKERS[1], APP)
    server.start()
    with _connected(port) as client:
        client.sendall(GET.format("/later").encode())
        assert until(lambda: _body(port, "/waiting") == b"1")
        server.stop()

        assert _answers(client, 1) == 1


def _body(port: int, path: str) -> bytes:
    return _said(port, GET.format(path).encode()).partition(b"\r\n\r\n")[2]


def _connected(port: int) -> closing[socket.socket]:
    return closing(socket.create_connection(("127.0.0.1", port), timeout=10))


def _answers(client: socket.socket, count: int) -> int:
    """Read until so many have come or no more come; return how many came."""
    said = b""
    while said.count(b"hello") < count and (part := client.recv(65536)):
        said += part
    return said.count(b"HTTP/1.1 200")


@pytest.fixture
def collector_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a collector with our settings, whose process may have 200 files open."""
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    server, port = _server(tmp_path, *COLLECTOR, files=200)
    server.start()
    yield port
    server.stop()


def test_more_connections_than_files_end_no_process(collector_port: int) -> None:
    """Those who were first are answered, the others wait."""
    with ExitStack() as until_over:
        clients = [
            until_over.enter_context(
                closing(socket.create_connection(("127.0.0.1", collector_port)))
            )
            for _ in range(250)
        ]
        clients[0].settimeout(10)
        time.sleep(1)
        clients[0].sendall(GET.format("/healthcheck").encode())

        assert clients[0].recv(65536).startswith(b"HTTP/1.1 200")


def test_a_second_start_on_the_same_port_leaves_the_counts_of_the_first(
    collector_port: int,
) -> None:
    health, metrics = (GET.format(path).encode() for path in ("/healthcheck", "/metrics"))
    _said(collector_port, health)
    command = _command(collector_port, *COLLECTOR)
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as second:
        assert second.stderr is not None
        assert any(b"in use" in line for line in second.stderr)
        second.kill()

    time.sleep(FOLD_SECONDS + 0.2)
    assert b'route="/healthcheck"' in _said(collector_port, metrics)


def _said(port: int, request: bytes) -> bytes:
    """Return all that a server says until it closes the connection."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        said = b""
        with suppress(ConnectionResetError):
            while part := connection.recv(65536):
                said += part
    status = said[9:12].decode()
    # The two parsers refuse the same, in other words.
    return status.encode() if status >= "400" else re.sub(rb"Date: [^\r]*", b"Date", said)
