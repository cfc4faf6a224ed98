"""Wrong set-ups: each ends the start with one sentence, which names the variable."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from errno import EACCES, EAFNOSUPPORT
from pathlib import Path
from typing import NoReturn

import pytest
import redis

from launch.__main__ import choose
from recs.errors import SettingError
from tests.servers.ports import own_port
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisServer

PASSWORD = "p@ss:/%#w"


@pytest.fixture
def names(
    tmp_path: Path,
    broker_server: RabbitMQServer,
    redis_url: str,
    tls_redis_url: str,
    old_redis_url: str,
    oldish_redis_url: str,
    full_redis: RedisServer,
    redis_cluster_url: str,
) -> dict[str, str]:
    """What stands for a server, a port or a folder in the table."""
    (tmp_path / "file").touch()
    redis_port = redis_url.rpartition(":")[2].removesuffix("/0")
    return {
        "rabbitmq": f"127.0.0.1:{broker_server.port}",
        "rabbitmq_tls": f"127.0.0.1:{broker_server.tls_port}",
        "redis": f"127.0.0.1:{redis_port}",
        "tls_redis": tls_redis_url,
        "old_redis": old_redis_url,
        "oldish_redis": oldish_redis_url,
        "full_redis": f"127.0.0.1:{full_redis.port}",
        "cluster": redis_cluster_url.partition("://")[2],
        "folder": str(tmp_path),
        "ca": str(broker_server.certificates.certificate),
        "free": str(own_port()),
    }


@pytest.fixture
def environ(names: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Variables with which a start succeeds."""
    ports = ("COLLECTOR_PORT", "RECOMMENDER_PORT", "PAGE_PORT", "FLOWER_PORT")
    return {
        "DATA_DIR": str(tmp_path / "data"),
        "CELERY_BROKER_URL": f"amqp://guest:guest@{names['rabbitmq']}//",
        "REDIS_URL": f"redis://{names['redis']}/0",
        **{port: str(own_port()) for port in ports},
    }


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that nobody can write to, not even root."""
    folder = tmp_path / "read-only"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder]
    if subprocess.run(mount, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("mounting takes root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def refusal(environ: dict[str, str]) -> SettingError:
    with ExitStack() as until_stopped, pytest.raises(SettingError) as caught:
        choose(environ, until_stopped)
    return caught.value


def test_the_set_up_from_which_the_wrong_ones_differ_is_right(environ: dict[str, str]) -> None:
    with ExitStack() as until_stopped:
        _, servers = choose(environ, until_stopped)

    assert servers.broker_url == environ["CELERY_BROKER_URL"]
    assert servers.redis_url == environ["REDIS_URL"]


BROKER, REDIS = "CELERY_BROKER_URL", "REDIS_URL"
TABLE = [
    (BROKER, "amqp://guest:wrong@{rabbitmq}//", "ACCESS_REFUSED"),
    (BROKER, "amqp://guest:guest@{rabbitmq}/nowhere", "nowhere"),
    (BROKER, "amqps://guest:guest@{rabbitmq}//", "SSL"),
    (BROKER, "amqps://guest:guest@{rabbitmq_tls}//", "certificate verify failed"),
    (BROKER, "amqp://guest:guest@{redis}//", "it is a Redis"),
    (BROKER, "amqp://guest:" + PASSWORD + "@{rabbitmq}//", "%40"),
    (BROKER, "amqp://guest:guest@127.0.0.1:abc//", "abc"),
    (BROKER, "amqp://guest:guest@127.0.0.1:99999//", "0-65535"),
    (BROKER, "unix:///run/rabbitmq.sock", "amqp://"),
    (BROKER, "http://{rabbitmq}", "amqp://"),
    (BROKER, "amqp://guest:guest@{rabbitmq}//;amqp://guest:wrong@{rabbitmq}//", "ACCESS_REFUSED"),
    (BROKER, "amqp://guest:guest@{rabbitmq_tls}//", "it answers, but"),
    (REDIS, "redis://limited:wrong@{full_redis}/0", "password"),
    (REDIS, "redis://{redis}/99", "out of range"),
    (REDIS, "redis://{rabbitmq}/0", "it answers, but"),
    (REDIS, "rediss://{redis}/0", "no TLS"),
    (REDIS, "{tls_redis}", "certificate verify failed"),
    (REDIS, "redis://limited:p@{full_redis}/0", "ping"),
    (REDIS, "{old_redis}", "too old"),
    (REDIS, "{oldish_redis}", "6.0.16"),
    (REDIS, "redis://:" + PASSWORD + "@{redis}/0", "%40"),
    (REDIS, "redis://127.0.0.1:abc/0", "abc"),
    (REDIS, "redis://{cluster}", "redis+cluster://"),
    (REDIS, "redis+cluster://{redis}", "redis://"),
    ("DATA_DIR", "{folder}/file", "a folder"),
    ("DATA_DIR", "{folder}/file/below", "a folder"),
    ("CA_FILE", "{folder}/nowhere.pem", "a file"),
    ("HOST", "x86_64-conda-linux-gnu", "an address"),
    ("HOST", "192.0.2.1", "an address"),
    ("QUEUE_TYPE", "stream", "classic or quorum"),
]


@pytest.mark.parametrize(("variable", "value", "reason"), TABLE)
def test_a_wrong_set_up_ends_the_start_with_a_sentence_that_names_the_variable(
    environ: dict[str, str],
    names: dict[str, str],
    full_redis: RedisServer,
    variable: str,
    value: str,
    reason: str,
) -> None:
    with redis.Redis.from_url(full_redis.url) as client:
        client.acl_setuser("limited", enabled=True, passwords=["+p"], commands=["+info"])

    said = str(refusal({**environ, variable: value.format_map(names)}))

    assert said.startswith(f"{variable}=")
    assert reason.lower() in said.lower()
    assert "\n" not in said
    assert "guest:guest" not in said
    assert "wrong@" not in said
    assert PASSWORD not in said


def test_a_redis_that_takes_no_more_clients_is_not_replaced(
    environ: dict[str, str], own_redis: RedisServer
) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxclients", 1)
        said = str(refusal({**environ, REDIS: own_redis.url}))

    assert said.startswith(f"{REDIS}=")
    assert "max number of clients" in said


def test_a_replica_is_not_taken(
    environ: dict[str, str], own_redis: RedisServer, redis_url: str
) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.replicaof("127.0.0.1", redis_url.rpartition(":")[2].removesuffix("/0"))
        said = str(refusal({**environ, REDIS: own_redis.url}))

    assert "a replica" in said


def test_a_folder_that_cannot_be_written_to_is_named(
    environ: dict[str, str], read_only: Path
) -> None:
    said = str(refusal({**environ, "DATA_DIR": str(read_only / "data")}))

    assert said.startswith("DATA_DIR=")
    assert "Read-only" in said


@pytest.mark.parametrize(
    ("host", "error", "variable"),
    [
        ("::1", EAFNOSUPPORT, "HOST"),  # a kernel without IPv6
        ("127.0.0.1", EACCES, "COLLECTOR_PORT"),  # port 80, and not root
    ],
)
def test_an_address_that_cannot_be_taken_is_told_why(
    environ: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    error: int,
    variable: str,
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise OSError(error, f"{os.strerror(error)} (while attempting to bind)")

    monkeypatch.setattr(socket, "create_server", refuse)
    said = str(refusal({**environ, "HOST": host}))

    assert said.startswith(f"{variable}=")
    assert variable == "HOST" or "Permission denied" in said


@pytest.mark.parametrize("host", ["::1", "[::1]", "0.0.0.0", "localhost"])
def test_other_addresses_of_this_machine_are_right(environ: dict[str, str], host: str) -> None:
    with ExitStack() as until_stopped:
        settings, _ = choose({**environ, "HOST": host}, until_stopped)

    assert settings.host == host.strip("[]")


def test_the_catalogue_of_the_page_is_a_folder_with_films(
    environ: dict[str, str], tmp_path: Path
) -> None:
    said = str(refusal({**environ, "CATALOGUE_DIR": str(tmp_path)}))

    assert said.startswith("CATALOGUE_DIR=")
    assert "movies.csv" in said
