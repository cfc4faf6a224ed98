"""Connections of threads: whose they are, when they end, and what becomes of a late answer."""

import gc
from threading import Thread

from recs.stores import connection
from recs.stores.own_connections import OwnConnections
from tests import waiting


def test_the_connection_of_a_thread_ends_with_it(redis_url: str) -> None:
    kept = []
    with connection.long_timeout(redis_url) as redis:
        own = OwnConnections(redis)

        def ask() -> None:
            assert own.ask("PING") == b"PONG"
            kept.append(own._of_thread.connection)

        thread = Thread(target=ask)
        thread.start()
        thread.join()

        assert waiting.until(lambda: not kept[0].is_connected)


def test_a_connection_ends_with_those_who_ask(redis_url: str) -> None:
    """Also where they are thrown away together, in any order: no socket is left to the garbage."""
    redis = connection.long_timeout(redis_url)
    own = OwnConnections(redis)
    own.ask("PING")
    used = own._of_thread.connection
    redis.own, own.redis = own, redis  # type: ignore[union-attr]
    redis.close()
    del redis, own
    gc.collect()

    assert not used.is_connected
