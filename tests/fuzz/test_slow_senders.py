"""Clients that send slowly or not at all, and more of them than there are threads."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress

import pytest

from app.gunicorn_worker import CROWDED_SECONDS, READ_SECONDS, SEND_SECONDS, SLOWEST_BYTES
from tests.fuzz.wire import connect, exchange, is_alive, post, status_of
from tests.servers.service import Service
from tests.waiting import until

CROWD = 64
"""The collector has 16 threads, the recommender 8."""
BEGINNINGS = {
    "half a head": b"POST /interact HTTP/1.1\r\nHost: k\r\n",
    "half a body": post("/interact", b'{"user_id": "u"' + b" " * 99)[:-90],
    "half a chunk": b"POST /interact HTTP/1.1\r\nHost: k\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
}


@pytest.fixture
def crowd(service: Service) -> Iterator[list[socket.socket]]:
    """Connections to the collector that say nothing yet."""
    with ExitStack() as open_ones:
        yield [
            open_ones.enter_context(closing(connect(service.settings.collector_port)))
            for _ in range(CROWD)
        ]


@pytest.mark.usefixtures("crowd")
def test_silent_clients_do_not_block_others(service: Service) -> None:
    assert is_alive(service.settings)


@pytest.mark.parametrize("name", BEGINNINGS)
def test_slow_clients_do_not_block_others_for_long(
    service: Service, crowd: list[socket.socket], name: str
) -> None:
    for each in crowd[:16]:
        each.sendall(BEGINNINGS[name])

    # A process that got more of them than it has threads cuts them off in two rounds.
    assert until(lambda: is_alive(service.settings), seconds=2 * CROWDED_SECONDS + 4)


def test_a_client_that_drips_is_cut_off(service: Service) -> None:
    with closing(connect(service.settings.collector_port)) as slow:
        slow.sendall(b"POST /interact HTTP/1.1\r\nHost: k\r\nX: ")

        with pytest.raises(ConnectionError):
            _drip(slow, seconds=READ_SECONDS + 5)


def _drip(connection: socket.socket, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        connection.sendall(b"x")
        time.sleep(0.2)


def test_a_client_that_takes_some_seconds_is_answered(service: Service) -> None:
    request = post("/interact", b'{"user_id": "u", "item_ids": ["a"], "actions": ["like"]}')
    parts = [request[:20], request[20:100], request[100:]]

    assert exchange(service.settings.collector_port, *parts, pause=1.0) == 200


def test_a_large_body_may_take_longer_if_it_comes_on(service: Service) -> None:
    row = b"u,i,like,%010d\n"
    seconds = int(READ_SECONDS) + 3
    rows = 2 * SLOWEST_BYTES // len(row % 0)
    part = b"".join(row % number for number in range(rows))
    head = b"user_id,item_id,action,timestamp\n"
    request = post("/interactions", head + seconds * part, b"Content-Type: text/csv")
    begun = len(request) - seconds * len(part)

    with closing(connect(service.settings.collector_port)) as slow:
        slow.sendall(request[:begun])
        for second in range(seconds):
            slow.sendall(request[begun + second * len(part) :][: len(part)])
            time.sleep(1)

        answer = slow.recv(4096)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"interactions":%d' % (rows * seconds) in answer.replace(b" ", b"")


ENDED = {
    "rows": ("/interactions", b"action,user_id,item_id\nlike,u,z22\n", b"Content-Type: text/csv"),
    "lines": ("/interactions", b'{"user_id":"u","item_id":"a","action":"like"}\n' * 2, b"X: y"),
    "likes": ("/interact", b'{"user_id":"u","item_ids":["a"],"actions":["like"]}', b"X: y"),
    "items": ("/add_items", b'{"item_ids":["a"]}', b"X: y"),
}


@pytest.mark.parametrize("name", ENDED)
@pytest.mark.parametrize("missing", [2, 47])
def test_of_a_body_that_ended_too_early_nothing_is_taken(
    service: Service, name: str, missing: int
) -> None:
    path, body, header = ENDED[name]
    settings = service.settings
    port = settings.recommender_port if path == "/add_items" else settings.collector_port
    request = post(path, body + b" " * 48, header)
    with closing(connect(port)) as hasty:
        hasty.sendall(request[:-missing])
        hasty.shutdown(socket.SHUT_WR)
        answer = hasty.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"ended after %d of %d bytes" % (len(body) + 48 - missing, len(body) + 48) in answer


def test_a_client_that_never_reads_its_answer_does_no_harm(service: Service) -> None:
    with closing(connect(service.settings.recommender_port)) as bad_client:
        for _ in range(50):
            bad_client.sendall(b"GET /stats HTTP/1.1\r\nHost: k\r\n\r\n")

        assert is_alive(service.settings)


def test_clients_that_never_read_their_answers_do_not_block_others(service: Service) -> None:
    asking = b"GET /openapi.json HTTP/1.1\r\nHost: k\r\n\r\n" * 400
    with ExitStack() as open_ones:
        for _ in range(20):
            bad_client = socket.socket()
            open_ones.enter_context(closing(bad_client))
            bad_client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            bad_client.settimeout(1)
            bad_client.connect(("127.0.0.1", service.settings.recommender_port))
            with suppress(TimeoutError):
                bad_client.sendall(asking)

        assert until(lambda: is_alive(service.settings), seconds=4 * SEND_SECONDS)


def test_clients_that_hang_up_early_do_no_harm(service: Service) -> None:
    for _ in range(CROWD):
        with closing(connect(service.settings.collector_port)) as bad_client:
            bad_client.sendall(BEGINNINGS["half a body"])

    assert until(lambda: is_alive(service.settings), seconds=3)


def test_requests_sent_ahead_are_answered_one_by_one(service: Service) -> None:
    alive = b"GET /healthcheck HTTP/1.1\r\nHost: k\r\n\r\n"
    with closing(connect(service.settings.collector_port)) as eager:
        eager.sendall(alive * 5)

        assert status_of(eager) == 200
