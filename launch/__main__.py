"""`make run`: finds the servers, starts the Procfile with honcho, waits, and stops all."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from honcho.environ import parse

from launch import messages
from launch.commands import tell_commands
from launch.discovery import discover
from launch.embedded import embedded_redis
from launch.endpoints import answers, check_ports, endpoints, free_port
from launch.prctl import adopt_orphans
from launch.processes import end_orphans, ends_unasked, hold_signals, start, stop, told_to_stop
from recs.errors import SettingError
from recs.settings import Settings

UP_SECONDS = 90.0


def main() -> int:
    """Run the service until told to stop. Returns 0 then, else the code of what ended it."""
    adopt_orphans()
    hold_signals()
    try:
        environ = _environ()
        settings = Settings.from_env(environ)
        with ExitStack() as until_stopped:
            until_stopped.enter_context(_only_run_in(settings.data_dir))
            check_ports(settings)
            servers = discover(settings.broker_url, settings.redis_url, free_port)
            print(messages.choice(settings, servers), flush=True)
            redis_pid = 0
            if servers.embedded_port:
                redis_pid = until_stopped.enter_context(
                    embedded_redis(servers.embedded_port, settings.data_dir)
                )
            chosen = {"CELERY_BROKER_URL": servers.broker_url, "REDIS_URL": servers.redis_url}
            until_stopped.enter_context(tell_commands(chosen, settings.data_dir))
            return _run(environ | chosen, endpoints(settings), except_pid=redis_pid)
    except SettingError as error:
        print(f"Kinolenta cannot start: {error}", file=sys.stderr)
        return os.EX_CONFIG


def _environ() -> dict[str, str]:
    """Return the environment as honcho makes it: `.env` wins over the shell."""
    dotenv = Path(".env")
    return {**os.environ, **(parse(dotenv.read_text()) if dotenv.exists() else {})}


@contextmanager
def _only_run_in(data_dir: Path) -> Iterator[None]:
    """Lock DATA_DIR for this run. Raises SettingError when another run holds it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingError(
                "DATA_DIR", str(data_dir), "a folder that no other `make run` uses"
            ) from error
        yield


def _run(environ: Mapping[str, str], urls: Mapping[str, str], except_pid: int) -> int:
    """Run honcho until it ends or we are told to stop, then end all processes but `except_pid`."""
    tools = Path(sys.executable).parent
    honcho = start(
        [sys.executable, "-m", "honcho", "--env", os.devnull, "start"],
        when_orphaned=signal.SIGTERM,
        environ={**environ, "PATH": f"{tools}{os.pathsep}{environ.get('PATH', os.defpath)}"},
    )
    ended = _comes_up(honcho, urls) and ends_unasked(honcho)
    stop(honcho, within_seconds=7)
    end_orphans(within_seconds=0.2, except_pid=except_pid)
    if ended:
        print("Kinolenta has ended: the first process above that stopped says why.", flush=True)
    return honcho.returncode if ended else 0


def _comes_up(honcho: subprocess.Popen[bytes], urls: Mapping[str, str]) -> bool:
    """Wait until all URLs answer, and say so. Returns False when told to stop meanwhile."""
    deadline = time.monotonic() + UP_SECONDS
    silent = urls
    while silent and honcho.poll() is None and time.monotonic() < deadline:
        if told_to_stop(within_seconds=0.25):
            return False
        silent = {name: url for name, url in silent.items() if not answers(url)}
    if honcho.poll() is None:
        print(messages.running(urls, silent), flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
