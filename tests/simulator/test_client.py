"""The HTTP client: what it sends, and what it does when a service is slow, shut or broken."""

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from threading import Thread

import pytest

from simulator.client import Client
from tests.simulator.fake import Fake

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def scripted(*connections: list[bytes]) -> Iterator[str]:
    """Accept so many connections in turn; answer one request with each text, then hang up."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for answers in connections:
            peer, _ = server.accept()
            with peer:
                for answer in answers:
                    peer.recv(65536)
                    peer.sendall(answer)

    thread = Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        thread.join()
        server.close()


def test_an_answer_says_status_body_and_time() -> None:
    with scripted([OK]) as url:
        client = Client(url)
        answer = client.get("/healthcheck")
        client.close()

    assert (answer.outcome, answer.body, answer.ok) == ("200", b"ok", True)
    assert 0 < answer.seconds < 1


def test_one_connection_serves_many_requests() -> None:
    with scripted([OK, OK]) as url:
        client = Client(url)
        answers = [client.get("/a"), client.get("/b")]
        client.close()

    assert [answer.ok for answer in answers] == [True, True]
    assert not any(answer.resent for answer in answers)


def test_there_may_be_a_thousand_connections() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2_048:
        pytest.skip("this machine allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    taken = [os.dup(0) for _ in range(1_024)]
    try:
        with scripted([OK, OK]) as url, closing(Client(url)) as client:
            answers = [client.get("/a"), client.get("/b")]
    finally:
        for each in taken:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert [answer.ok for answer in answers] == [True, True]


def test_a_connection_closed_between_two_requests_is_opened_again_without_a_resend() -> None:
    with scripted([OK], [OK]) as url:
        client = Client(url)
        client.get("/a")
        wait_for_hang_up(client)
        answer = client.get("/b")
        client.close()

    assert (answer.ok, answer.resent) == (True, False)


def test_a_request_that_meets_a_closing_connection_is_sent_again() -> None:
    with scripted([OK, b""], [OK]) as url:
        client = Client(url)
        client.get("/a")
        answer = client.get("/b")
        client.close()

    assert (answer.ok, answer.resent) == (True, True)


def test_a_fresh_connection_without_answer_is_an_error() -> None:
    with scripted([b""]) as url:
        client = Client(url)
        answer = client.get("/a")

    assert (answer.ok, answer.outcome) == (False, "RemoteDisconnected")


def test_no_service_is_an_error_and_no_exception() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

    assert Client(url).get("/a").outcome == "ConnectionRefusedError"


def test_a_service_that_hangs_is_an_error_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = Client(f"http://127.0.0.1:{server.getsockname()[1]}", timeout_seconds=0.05)
        answer = client.get("/a")

    assert answer.outcome == "TimeoutError"


def test_the_token_goes_out_as_a_bearer(fake: Fake, address: str) -> None:
    client = Client(address, token="secret")
    client.post("/add_items", {"item_ids": []})
    client.close()

    assert fake.authorization == {"Bearer secret"}


def test_without_a_token_nothing_is_sent(fake: Fake, address: str) -> None:
    client = Client(address)
    client.get("/healthcheck")
    client.close()

    assert fake.authorization == {None}


def test_a_service_may_live_under_a_path() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = Client(f"http://127.0.0.1:{server.getsockname()[1]}/films", timeout_seconds=0.05)
        client.get("/a")
        peer, _ = server.accept()
        with peer:
            request = peer.recv(65536)

    assert request.startswith(b"GET /films/a HTTP/1.1\r\n")


def wait_for_hang_up(client: Client) -> None:
    """Return when the other side's end of the connection is here."""
    client._connection.sock.recv(1)
