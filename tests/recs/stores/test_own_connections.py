"""Connections of threads: how many there are, when they end, what becomes of a late answer."""

import gc
import subprocess
import sys
from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from redis import Redis
from redis.exceptions import TimeoutError

from recs.stores import connection
from recs.stores.connection import SingleRedis
from recs.stores.script import Script
from tests import waiting
from tests.recs.stores.servers import until_answered
from tests.servers.redis_servers import RedisServer

Sockets = Callable[[], int]
NAME = "counted"
AT_MOST_SECONDS = 60

FORK = """
import os, sys
from recs.stores import connection

own = connection.long_timeout(sys.argv[1]).own_connections
of_parent = own.ask("CLIENT", "ID")
if not (child := os.fork()):
    os._exit(own.ask("CLIENT", "ID") == of_parent)
_, status = os.waitpid(child, 0)
assert status == 0, "the child wrote into the socket of its parent"
assert own.ask("CLIENT", "ID") == of_parent
"""


@pytest.fixture
def client(own_redis: RedisServer) -> SingleRedis:
    client = connection.long_timeout(f"{own_redis.url}?client_name={NAME}")
    assert isinstance(client, SingleRedis)
    return client


@pytest.fixture
def sockets(own_redis: RedisServer) -> Sockets:
    """Tell how many connections of `client` the server has."""

    def count() -> int:
        with Redis.from_url(own_redis.url) as observer:
            return sum(each["name"] == NAME for each in observer.client_list())

    return count


def use(client: SingleRedis) -> None:
    """Run some scripts, once and in a pipeline."""
    Script(client, "advance")(["generation"], [1])
    Script(client, "stamp")(["generation", "stamp"], ())
    Script(client, "states").run_many([(["a", "b", "c", "d", "e"], (1,))] * 2)


def test_a_thread_has_one_connection_for_all_scripts(
    own_redis: RedisServer, client: SingleRedis, sockets: Sockets
) -> None:
    with connection.long_timeout(own_redis.url) as other:
        use(other)  # loads the scripts: otherwise the pool of `client` has a connection, too
    used, counted = (Barrier(4, timeout=AT_MOST_SECONDS) for _ in range(2))

    def work() -> None:
        use(client)
        used.wait()
        counted.wait()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    used.wait()
    count = sockets()
    counted.wait()
    for thread in threads:
        thread.join()

    assert count == 3
    assert waiting.until(lambda: sockets() == 0)


def test_a_connection_ends_with_its_thread(client: SingleRedis, sockets: Sockets) -> None:
    client.own_connections.ask("PING")
    ended = Thread(target=client.own_connections.ask, args=("PING",))
    ended.start()
    ended.join()

    assert waiting.until(lambda: sockets() == 1)
    assert client.own_connections.ask("PING") == b"PONG"


def test_a_connection_ends_with_its_client(redis_url: str) -> None:
    """Also where they are thrown away together, in any order: no socket is left to the garbage."""
    client = connection.long_timeout(redis_url)
    assert isinstance(client, SingleRedis)
    own = client.own_connections
    own.ask("PING")
    used = own._of_thread.connection
    client.cycle, own.cycle = own, client
    client.close()
    del client, own
    gc.collect()

    assert not used.is_connected


def test_a_late_answer_is_not_taken_for_the_next_one(own_redis: RedisServer) -> None:
    with connection.short_timeout(own_redis.url, 0.2) as client:
        ask = client.own_connections.ask
        until_answered(lambda: ask("ECHO", "first"))
        own_redis.pause()
        with pytest.raises(TimeoutError):
            ask("ECHO", "late")
        own_redis.resume()

        assert until_answered(lambda: ask("ECHO", "next")) == b"next"


def test_a_process_that_was_forked_connects_anew(redis_url: str) -> None:
    subprocess.run([sys.executable, "-c", FORK, redis_url], check=True, timeout=AT_MOST_SECONDS)
