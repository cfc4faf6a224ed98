"""Servers that answer, each in a way of its own."""

import socketserver
from collections.abc import Iterator
from threading import Thread

import pytest

from tests.servers.ports import own_port
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisServer


@pytest.fixture(scope="package")
def tls_redis_url(
    broker_server: RabbitMQServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A Redis with a certificate of the private CA that RabbitMQ has, too."""
    port, files = own_port(), broker_server.certificates
    tls = ["--tls-port", str(port), "--tls-auth-clients", "no", "--tls-cert-file"]
    tls += [str(files.certificate), "--tls-key-file", str(files.key)]
    tls += ["--tls-ca-cert-file", str(files.ca)]
    server = RedisServer(tmp_path_factory.mktemp("tls-redis"), *tls)
    server.start()
    yield f"rediss://127.0.0.1:{port}/0"
    server.stop()


class Redis5(socketserver.StreamRequestHandler):
    """Answers what redis-py asks first, as Redis 5 does: it knows no HELLO."""

    version = b"5.0.14"
    hello = b"-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n"
    ping = b"+PONG\r\n"
    more = b""

    def handle(self) -> None:
        while line := self.rfile.readline():
            words = []
            for _ in range(int(line[1:])):
                self.rfile.readline()
                words.append(self.rfile.readline().strip().upper())
            self.wfile.write(self.answer(words[0]))

    def answer(self, command: bytes) -> bytes:
        info = b"redis_version:%s\r\n%s" % (self.version, self.more)
        bulk = b"$%d\r\n%s\r\n" % (len(info), info)
        return {b"PING": self.ping, b"INFO": bulk, b"HELLO": self.hello}.get(command, b"+OK\r\n")


class Redis60(Redis5):
    """Says that it is Redis 6.0."""

    version = b"6.0.16"
    hello = b"%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n"


class LoadingReplica(Redis60):
    """A replica that reads its data back."""

    version = b"7.0.15"
    ping = b"-LOADING Redis is loading the dataset in memory\r\n"
    more = b"loading:1\r\nrole:slave\r\n"


@pytest.fixture(scope="package")
def loading_replica_url() -> Iterator[str]:
    yield from _serving(LoadingReplica)


@pytest.fixture(scope="package")
def old_redis_url() -> Iterator[str]:
    yield from _serving(Redis5)


@pytest.fixture(scope="package")
def oldish_redis_url() -> Iterator[str]:
    yield from _serving(Redis60)


def _serving(handler: type[Redis5]) -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"redis://127.0.0.1:{server.server_address[1]}/0"
        server.shutdown()


@pytest.fixture(scope="package")
def full_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis with users who may do little, which takes only one client."""
    server = RedisServer(tmp_path_factory.mktemp("full-redis"))
    server.start()
    yield server
    server.stop()
