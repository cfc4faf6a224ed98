"""The servers that a run takes, on real ones."""

from pathlib import Path

import pytest
import redis

from launch.discovery import Servers, discover
from launch.endpoints import free_port
from recs.errors import SettingError
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisServer

NO_BROKER = f"amqp://guest:guest@127.0.0.1:{free_port()}//"
NO_REDIS = f"redis://127.0.0.1:{free_port()}/0"


def taken(broker_url: str, redis_url: str) -> Servers:
    return discover(broker_url, redis_url, free_port=lambda: 7777)


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
