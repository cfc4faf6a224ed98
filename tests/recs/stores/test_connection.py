"""How clients behave while servers are slow, gone or new."""

from collections.abc import Callable

import pytest
from redis.exceptions import ConnectionError, TimeoutError

from recs.stores import connection
from tests.recs.stores.servers import AMPLE, holder, until_answered
from tests.servers.redis_servers import RedisCluster, RedisServer

Seconds = Callable[[Callable[[], object]], float]
NOBODY = "127.0.0.1:1"

PATIENCE = 2.0
"""As shipped, redis-py tries again and again for 2.5 s, or for 10 s."""


# One server


def test_a_request_does_not_wait_long_for_a_redis_that_hangs(
    own_redis: RedisServer, seconds: Seconds
) -> None:
    with connection.short_timeout(own_redis.url, 0.2) as client:
        until_answered(client.ping)
        own_redis.pause()

        assert seconds(fails(client.ping, TimeoutError)) < PATIENCE
        assert seconds(fails(client.ping, TimeoutError)) < PATIENCE
        own_redis.resume()


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
def test_a_request_notices_at_once_that_redis_is_gone(scheme: str, seconds: Seconds) -> None:
    with connection.short_timeout(f"{scheme}://{NOBODY}", 0.2) as client:
        assert seconds(fails(lambda: client.get("key"), ConnectionError)) < PATIENCE
        assert seconds(fails(lambda: client.get("key"), ConnectionError)) < PATIENCE


def test_a_restart_of_redis_goes_unnoticed(own_redis: RedisServer) -> None:
    with connection.short_timeout(own_redis.url, AMPLE) as client:
        client.set("kept", "yes")
        own_redis.restart()

        assert client.get("kept") == b"yes"


def test_options_of_the_url_are_taken(redis_url: str) -> None:
    with connection.short_timeout(f"{redis_url}?client_name=kinolenta", AMPLE) as client:
        assert client.client_getname() in (b"kinolenta", "kinolenta")


# A cluster


def test_a_client_is_made_while_its_cluster_is_away(own_cluster: RedisCluster) -> None:
    with connection.short_timeout(own_cluster.url, AMPLE) as client:
        fails(lambda: client.get("key"), ConnectionError)()
        own_cluster.start()

        assert client.set("key", "value")


def test_a_request_does_not_wait_long_for_a_node_that_hangs(
    own_cluster: RedisCluster, seconds: Seconds
) -> None:
    own_cluster.start()
    with connection.short_timeout(own_cluster.url, 0.5) as client:
        client.set("foo", "bar")
        node = holder(own_cluster, client, "foo")
        node.pause()

        assert seconds(fails(lambda: client.get("foo"), TimeoutError)) < PATIENCE
        node.resume()


def test_one_node_that_answers_is_enough(redis_cluster_url: str) -> None:
    node = redis_cluster_url.removeprefix("redis+cluster://")
    with connection.short_timeout(f"redis+cluster://{NOBODY},{node}", AMPLE) as client:
        assert client.get("key") is None


def test_a_client_that_was_never_used_is_closed_without_connecting() -> None:
    connection.short_timeout(f"redis+cluster://{NOBODY}", AMPLE).close()


def test_what_no_client_has_is_missing(redis_cluster_url: str) -> None:
    with connection.short_timeout(redis_cluster_url, AMPLE) as client:
        assert not hasattr(client, "no_such_thing")


def fails(call: Callable[[], object], error: type[Exception]) -> Callable[[], None]:
    def check() -> None:
        with pytest.raises(error):
            call()

    return check
