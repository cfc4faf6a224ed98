"""Broken set-ups, and the cure that the doctor names for each."""

import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time

import pytest
import redis
from amqp.exceptions import NotFound
from kombu import Connection

from cli.doctor.examination import examine
from cli.doctor.findings import Finding, Level
from recs.stores import keys
from recs.stores.shared_folder import SharedFolder
from tests.launch.conftest import full_redis, old_redis_url, oldish_redis_url, tls_redis_url
from tests.launch.test_wrong_setups import TABLE, environ, names, read_only
from tests.servers.ports import own_port
from tests.servers.rabbitmq import RabbitMQServer
from tests.servers.redis_servers import RedisServer
from tests.servers.service import ROOT

__all__ = [
    "environ", "full_redis", "names", "old_redis_url", "oldish_redis_url", "read_only",
    "tls_redis_url",
]  # fmt: skip

BROKER, REDIS = "CELERY_BROKER_URL", "REDIS_URL"


def wrong(environ: dict[str, str], warnings: tuple[str, ...] = ()) -> list[Finding]:
    found = examine(environ, list(warnings), Path("/srv/kinolenta"))
    return [each for each in found if each.level == Level.WRONG]


def noted(environ: dict[str, str], warnings: tuple[str, ...] = ()) -> list[Finding]:
    found = examine(environ, list(warnings), Path("/srv/kinolenta"))
    return [each for each in found if each.level == Level.NOTE]


@pytest.fixture(autouse=True)
def _own_namespace(environ: dict[str, str], namespace: str) -> None:
    environ["NAMESPACE"] = namespace


def test_nothing_is_wrong_with_a_set_up_that_is_right(environ: dict[str, str]) -> None:
    assert wrong(environ) == []


CURES = [
    "change_password",
    "add_vhost",
    "5671",
    "CA_FILE",
    "name a RabbitMQ",
    "%40",
    "amqp://USER",
    "amqp://USER",
    "amqp://USER",
    "amqp://USER",
    "change_password",
    "5671",
    "redis://USER:PASSWORD",
    "/0",
    "another server",
    "redis:// instead of rediss://",
    "CA_FILE",
    "ACL SETUSER",
    "6.2 or newer",
    "6.2 or newer",
    "%40",
    "redis://HOST",
    "redis+cluster://",
    "redis:// instead",
    "DATA_DIR",
    "DATA_DIR",
    "CA_FILE",
    "HOST=127.0.0.1",
    "HOST=127.0.0.1",
    "classic or quorum",
]
"""In the order of the table of wrong set-ups."""


@pytest.mark.parametrize(
    ("variable", "value", "cure"),
    [(*row[:2], cure) for row, cure in zip(TABLE, CURES, strict=True)],
)
def test_every_wrong_set_up_of_a_start_has_a_cure(
    environ: dict[str, str],
    names: dict[str, str],
    full_redis: RedisServer,
    variable: str,
    value: str,
    cure: str,
) -> None:
    with redis.Redis.from_url(full_redis.url) as client:
        client.acl_setuser("limited", enabled=True, passwords=["+p"], commands=["+info"])

    found = wrong({**environ, variable: value.format_map(names)})

    assert [each.subject for each in found] == [variable]
    assert cure in found[0].cure + found[0].said
    assert found[0].cure
    assert "guest:guest" not in found[0].said


@pytest.mark.parametrize(
    ("variable", "url", "cure"),
    [
        (BROKER, "amqp://guest:guest@127.0.0.1:{}//", "make services"),
        (REDIS, "redis://127.0.0.1:{}/0", "make services"),
    ],
)
def test_a_server_that_is_not_there(
    environ: dict[str, str], variable: str, url: str, cure: str
) -> None:
    [found] = wrong({**environ, variable: url.format(own_port())})

    assert (found.subject, found.said) == (variable, "nobody answers")
    assert cure in found.cure


@pytest.mark.parametrize("value", ["abc", "0", "70000"])
def test_a_port_that_is_none(environ: dict[str, str], value: str) -> None:
    [found] = wrong({**environ, "COLLECTOR_PORT": value})

    assert (found.subject, found.cure) == ("COLLECTOR_PORT", "write a number from 1 to 65535")


def test_redis_as_a_broker_is_noted(environ: dict[str, str]) -> None:
    [found] = noted({**environ, BROKER: environ[REDIS]})

    assert "use RabbitMQ" in found.cure


@pytest.fixture
def own(environ: dict[str, str], own_redis: RedisServer) -> Iterator["redis.Redis"]:
    """A client of a Redis of this test's own, which is in the settings."""
    environ[REDIS] = own_redis.url
    with redis.Redis.from_url(own_redis.url) as client:
        yield client


def test_a_replica(environ: dict[str, str], own: "redis.Redis", redis_url: str) -> None:
    own.replicaof("127.0.0.1", redis_url.rpartition(":")[2].removesuffix("/0"))

    assert "name the primary" in wrong(environ)[0].cure


def test_a_redis_that_throws_keys_away(environ: dict[str, str], own: "redis.Redis") -> None:
    own.config_set("maxmemory", "100mb")
    own.config_set("maxmemory-policy", "allkeys-lru")

    [found] = wrong(environ)

    assert "noeviction" in found.cure


def test_a_redis_that_is_full(environ: dict[str, str], own: "redis.Redis") -> None:
    own.config_set("maxmemory", "1mb")

    assert all("maxmemory" in each.cure for each in wrong(environ))
    assert wrong(environ)


def test_a_redis_that_takes_no_more_clients(environ: dict[str, str], own: "redis.Redis") -> None:
    own.config_set("maxclients", 1)

    [found] = wrong(environ)

    assert "maxclients" in found.cure


def test_a_redis_user_who_may_not_run_scripts(environ: dict[str, str], own: "redis.Redis") -> None:
    own.acl_setuser(
        "some", enabled=True, passwords=["+p"], keys=["*"], commands=["+@all", "-eval", "-evalsha"]
    )
    environ[REDIS] = environ[REDIS].replace("redis://", "redis://some:p@")

    assert "user may not do" in wrong(environ)[0].cure


def test_two_folders_on_one_redis(
    environ: dict[str, str], own: "redis.Redis", tmp_path: Path
) -> None:
    SharedFolder(own, environ["NAMESPACE"], tmp_path / "others").hold()

    [found] = wrong(environ)

    assert (found.subject, "NAMESPACE" in found.cure) == ("DATA_DIR", True)


def test_queues_of_another_type(
    environ: dict[str, str], broker_server: RabbitMQServer, namespace: str
) -> None:
    environ["QUEUE_TYPE"] = "quorum"
    with Connection(environ[BROKER]) as broker, broker.channel() as channel:
        channel.queue_declare(
            f"{namespace}.interactions",
            durable=True,
            auto_delete=False,
            arguments={"x-queue-type": "classic"},
        )

    [found] = wrong(environ)

    assert (found.subject, f"delete_queue {namespace}.interactions" in found.cure) == (
        "QUEUE_TYPE", True,
    )  # fmt: skip


def test_looking_leaves_no_queue_behind(environ: dict[str, str], namespace: str) -> None:
    wrong(environ)

    with Connection(environ[BROKER]) as broker, pytest.raises(NotFound):
        broker.channel().queue_declare(f"{namespace}.interactions", passive=True)


def test_a_user_of_rabbitmq_who_may_declare_nothing(
    environ: dict[str, str], own_broker: RabbitMQServer
) -> None:
    own_broker.control("add_user", "weak", "p")
    own_broker.control("set_permissions", "-p", "/", "weak", "^$", "^$", "^$")

    found = wrong({**environ, BROKER: f"amqp://weak:p@127.0.0.1:{own_broker.port}//"})

    assert found
    assert all("set_permissions" in each.cure for each in found)


def test_a_port_of_somebody_else(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", int(environ["PAGE_PORT"]))):
        [found] = wrong(environ)

    assert (found.subject, "ss -ltnp" in found.cure) == ("PAGE_PORT", True)


LISTEN = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))):
    print("listening", flush=True)
    sys.stdin.read()
"""


@contextmanager
def hung_process(port: str, namespace: str) -> Iterator[None]:
    """Run a process of a service that has a port and answers nothing."""
    process = {**os.environ, "HONCHO_PROCESS_NAME": "page.1", "NAMESPACE": namespace}
    with subprocess.Popen(
        [sys.executable, "-c", LISTEN, port],
        env=process,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout
        assert child.stdout.readline()
        yield
        child.communicate()


def test_a_process_of_ours_that_is_slow_is_noted(environ: dict[str, str]) -> None:
    with hung_process(environ["PAGE_PORT"], environ["NAMESPACE"]):
        [found] = [each for each in noted(environ) if each.subject == "ports"]
        assert wrong(environ) == []

    assert "page" in found.said
    assert "wait" in found.cure


def test_another_namespace_on_our_ports_is_named(environ: dict[str, str]) -> None:
    with hung_process(environ["PAGE_PORT"], "other"):
        [found] = wrong(environ)

    assert (found.subject, "NAMESPACE=other" in found.said) == ("NAMESPACE", True)


def test_a_folder_on_a_disk_that_takes_no_writes(environ: dict[str, str], read_only: Path) -> None:
    [found] = wrong({**environ, "DATA_DIR": str(read_only / "data")})

    assert (found.subject, "chown" in found.cure) == ("DATA_DIR", True)


def test_a_full_disk(environ: dict[str, str]) -> None:
    [found] = wrong({**environ, "DISK_SPARE_BYTES": str(2**60)})

    assert (found.subject, "make room" in found.cure) == ("disk", True)


def test_an_open_door_is_noted(environ: dict[str, str]) -> None:
    assert any("API_TOKEN" in each.cure for each in noted({**environ, "HOST": "0.0.0.0"}))
    closed = noted({**environ, "HOST": "0.0.0.0", "API_TOKEN": "x"})
    assert not any("API_TOKEN" in each.cure for each in closed)


def test_a_clock_that_is_off(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.doctor.machine.time", lambda: time() + 3_600)

    [found] = wrong(environ)

    assert (found.subject, "NTP" in found.cure, "+3600 s" in found.said) == ("clock", True, True)


def test_a_generation_of_the_future_is_noted(environ: dict[str, str]) -> None:
    generation = Path(environ["DATA_DIR"]) / "generations" / str(int((time() + 3_600) * 1_000))
    generation.mkdir(parents=True)

    assert any("/cleanup" in each.cure for each in noted(environ))


def test_a_stamp_of_the_future_is_noted(
    environ: dict[str, str], own: "redis.Redis", namespace: str
) -> None:
    own.set(keys.latest_stamp(namespace), int((time() + 3_600) * 1e6))

    assert any("DEL" in each.cure for each in noted(environ))


def test_too_few_files(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (256, 256))

    [found] = wrong(environ)

    assert (found.subject, "LimitNOFILE" in found.cure) == ("files", True)


def test_a_qdrant_that_is_not_there_is_noted(environ: dict[str, str]) -> None:
    found = noted({**environ, "QDRANT_URL": f"http://127.0.0.1:{own_port()}"})

    assert any(each.subject == "QDRANT_URL" and "start it" in each.cure for each in found)


def test_lines_of_dotenv_that_are_read_otherwise_are_noted(environ: dict[str, str]) -> None:
    warning = "line 3: TOKEN is not set: leave out `export`"
    [found] = [each for each in noted(environ, (warning,)) if each.subject == ".env"]

    assert found.said == warning
    assert "single quotes" not in found.cure


@pytest.mark.parametrize(
    ("variable", "value"),
    [("COLLECTOR_PORT", "99999"), ("BATCH_SIZE", "none"), ("NAMESPACE", "a b"), ("REDIS_URL", "x")],
)
def test_a_setting_that_cannot_be_read(environ: dict[str, str], variable: str, value: str) -> None:
    [found] = wrong({**environ, variable: value})

    assert (found.subject, bool(found.cure)) == (variable, True)


def test_the_command_tells_without_a_traceback_and_ends_with_1(environ: dict[str, str]) -> None:
    for broken, said in ({"BATCH_SIZE": "none"}, "BATCH_SIZE"), ({REDIS: "redis://[::1"}, REDIS):
        done = subprocess.run(
            [sys.executable, "-m", "cli", "doctor", "--quiet"],
            cwd=ROOT,
            env={**os.environ, **environ, **broken},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 1
        assert done.stdout.startswith(f"WRONG {said}: ")
        assert "cure: " in done.stdout
        assert "Traceback" not in done.stderr
