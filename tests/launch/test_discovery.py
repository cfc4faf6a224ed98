"""The servers that a run takes, on real ones."""

from pathlib import Path

import pytest
import redis

from launch.discovery import Servers, discover
from recs.errors import SettingError
from recs.settings import Settings
from tests.servers.ports import own_port
from tests.servers.rabbitmq import RabbitMQServer, has_ipv6
from tests.servers.redis_servers import RedisServer

NO_BROKER = f"amqp://guest:guest@127.0.0.1:{own_port()}//"
NO_REDIS = f"redis://127.0.0.1:{own_port()}/0"


def taken(broker_url: str, redis_url: str, ca_file: str = "") -> Servers:
    environ = {"CELERY_BROKER_URL": broker_url, "REDIS_URL": redis_url, "CA_FILE": ca_file}
    return discover(Settings.from_env(environ), free_port=lambda: 7777)


def test_servers_that_answer_are_taken(broker_url: str, redis_url: str) -> None:
    assert taken(broker_url, redis_url) == Servers(broker_url, redis_url)


def test_without_any_server_an_embedded_redis_is_both() -> None:
    assert taken(NO_BROKER, NO_REDIS) == Servers(
        "redis://127.0.0.1:7777/1", "redis://127.0.0.1:7777/0", embedded_port=7777
    )


def test_without_rabbitmq_the_redis_that_answers_is_the_broker_too(redis_url: str) -> None:
    assert taken(NO_BROKER, redis_url) == Servers(redis_url, redis_url)


def test_without_redis_rabbitmq_stays_the_broker(broker_url: str) -> None:
    assert taken(broker_url, NO_REDIS) == Servers(
        broker_url, "redis://127.0.0.1:7777/0", embedded_port=7777
    )


def test_a_redis_can_be_the_broker_by_its_url(redis_url: str) -> None:
    assert taken(redis_url, redis_url) == Servers(redis_url, redis_url)


def test_a_cluster_that_answers_is_taken(broker_url: str, redis_cluster_url: str) -> None:
    assert taken(broker_url, redis_cluster_url) == Servers(broker_url, redis_cluster_url)


def test_a_cluster_cannot_be_the_broker(redis_cluster_url: str) -> None:
    with pytest.raises(SettingError, match="CELERY_BROKER_URL"):
        taken(NO_BROKER, redis_cluster_url)


def test_a_server_that_hangs_does_not_answer(own_redis: RedisServer) -> None:
    own_redis.pause()

    assert taken(NO_BROKER, own_redis.url).embedded_port == 7777


def test_a_broker_that_refuses_the_password_is_named(
    broker_server: RabbitMQServer, redis_url: str
) -> None:
    wrong = f"amqp://guest:secret@127.0.0.1:{broker_server.port}//"

    with pytest.raises(SettingError, match="CELERY_BROKER_URL") as caught:
        taken(wrong, redis_url)
    assert "secret" not in str(caught.value)


def test_a_broker_without_the_virtual_host_is_named(broker_url: str, redis_url: str) -> None:
    with pytest.raises(SettingError, match="CELERY_BROKER_URL"):
        taken(f"{broker_url}nowhere", redis_url)


def test_a_redis_that_asks_for_a_password_is_named(tmp_path: Path, own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("requirepass", "other")

    with pytest.raises(SettingError, match="REDIS_URL"):
        taken(NO_BROKER, own_redis.url)


def test_the_second_of_two_brokers_is_enough(broker_url: str, redis_url: str) -> None:
    both = f"{NO_BROKER};{broker_url}"

    assert taken(both, redis_url) == Servers(both, redis_url)


def test_a_redis_that_still_loads_is_checked_too(loading_replica_url: str) -> None:
    with pytest.raises(SettingError, match="it is a replica"):
        taken(NO_BROKER, loading_replica_url)


def test_a_host_that_nobody_knows_does_not_answer(redis_url: str) -> None:
    assert taken("amqp://guest:guest@nowhere.invalid//", redis_url).broker_url == redis_url


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_servers_are_found_by_ipv6(broker_server: RabbitMQServer, tmp_path: Path) -> None:
    redis_server = RedisServer(tmp_path / "redis", "--bind", "127.0.0.1", "::1")
    redis_server.start()
    broker = f"amqp://guest:guest@[::1]:{broker_server.port}//"
    redis_url = f"redis://[::1]:{redis_server.port}/0"

    assert taken(broker, redis_url) == Servers(broker, redis_url)
    redis_server.stop()


def test_servers_of_a_private_ca_are_taken_when_it_is_named(
    broker_server: RabbitMQServer, tls_redis_url: str
) -> None:
    broker = f"amqps://guest:guest@127.0.0.1:{broker_server.tls_port}//"
    ca = str(broker_server.certificates.ca)

    found = taken(broker, tls_redis_url, ca)

    assert found == Servers(broker, f"{tls_redis_url}?ssl_ca_certs={ca}")


def test_a_redis_that_throws_keys_away_is_warned_of(own_redis: RedisServer) -> None:
    assert taken(own_redis.url, own_redis.url).warning == ""
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory-policy", "volatile-lru")
        client.config_set("maxmemory", "100mb")

    assert "volatile-lru" in taken(own_redis.url, own_redis.url).warning
