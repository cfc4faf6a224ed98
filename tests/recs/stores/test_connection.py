from collections.abc import Callable

import pytest
import redis.exceptions

from recs.errors import StoreUnavailable
from recs.stores import connection
from recs.stores.breaker import Breaker
from tests.servers.redis import RedisServer

Seconds = Callable[[Callable[[], object]], float]


def test_a_request_does_not_wait_long_for_a_redis_that_hangs(
    own_redis: RedisServer, seconds: Seconds
) -> None:
    with connection.impatient(own_redis.url, 0.2) as redis_client:
        redis_client.ping()
        own_redis.pause()

        def ask() -> None:
            with pytest.raises(redis.exceptions.TimeoutError):
                redis_client.ping()

        assert seconds(ask) < 0.6
        assert seconds(ask) < 0.6
        own_redis.resume()


def test_a_request_notices_at_once_that_redis_is_gone(seconds: Seconds) -> None:
    with connection.impatient("redis://127.0.0.1:1/0", 0.2) as redis_client:

        def ask() -> None:
            with pytest.raises(redis.exceptions.ConnectionError):
                redis_client.ping()

        assert seconds(ask) < 0.5


def test_a_restart_of_redis_goes_unnoticed(own_redis: RedisServer) -> None:
    with connection.impatient(own_redis.url, 0.5) as redis_client:
        redis_client.set("kept", "yes")
        own_redis.restart()

        assert redis_client.get("kept") == "yes"


def test_scripts_are_loaded_again_after_a_restart(own_redis: RedisServer) -> None:
    with connection.patient(own_redis.url) as redis_client:
        share = connection.script(redis_client, "share")
        share(args=["n", 1])
        own_redis.restart()

        assert share(args=["n", 1]) == 0


@pytest.mark.parametrize("error", [redis.exceptions.ConnectionError, redis.exceptions.TimeoutError])
def test_a_breaker_lets_nobody_through_for_a_while_after_a_failure(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr("recs.stores.breaker.monotonic", lambda: clock[0])
    breaker = Breaker("Redis")
    with pytest.raises(error), breaker:
        raise error

    with pytest.raises(StoreUnavailable, match="Redis"), breaker:
        pytest.fail("was let through")

    clock[0] += 1
    with breaker:
        pass


def test_a_breaker_minds_only_its_server() -> None:
    breaker = Breaker("Redis")
    with pytest.raises(ZeroDivisionError), breaker:
        raise ZeroDivisionError

    with breaker:
        pass
