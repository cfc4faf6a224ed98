"""`make run`: finds the servers, starts the Procfile with honcho, waits, and stops all."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import cast

from launch import messages
from launch.commands import tell_commands, writing_to
from launch.discovery import Servers, discover
from launch.embedded import embedded_redis
from launch.endpoints import answers, check_ports, endpoints, free_port, in_url
from launch.prctl import adopt_orphans
from launch.processes import end_orphans, ends_unasked, hold_signals, start, stop, told_to_stop
from launch.reach import for_people, who_reaches
from launch.within import LOCK_FILE, environment
from recs.errors import SettingError
from recs.settings import Settings

UP_SECONDS = 90.0
STAYS = "What waits in the Redis of trial mode stays there until the next start"


def main() -> int:
    """Run the service until told to stop. Returns 0 then, else the code of what ended it."""
    for stream in (sys.stdout, sys.stderr):  # whatever letters the terminal has
        cast(TextIOWrapper, stream).reconfigure(errors="backslashreplace")
    adopt_orphans()
    hold_signals()
    try:
        environ, warnings = environment()
        for warning in warnings:
            print(f"WARNING: {warning}", flush=True)
        with ExitStack() as until_stopped:
            settings, servers = choose(environ, until_stopped)
            print(messages.choice(settings, servers), flush=True)
            redis_pid = 0
            if servers.embedded_port:
                embedded = until_stopped.enter_context(
                    embedded_redis(servers.embedded_port, settings.data_dir)
                )
                servers, redis_pid = embedded.opens(servers), embedded.supervisor
            chosen = {"CELERY_BROKER_URL": servers.broker_url, "REDIS_URL": servers.redis_url}
            _move_stranded(environ | chosen, settings, servers)
            told = chosen | _places(settings)
            until_stopped.enter_context(tell_commands(told, settings.data_dir))
            chosen["HOST"] = in_url(settings.host)  # gunicorn takes [::1], not ::1
            return _run(environ | chosen, settings, except_pid=redis_pid)
    except SettingError as error:
        print(f"Kinolenta cannot start: {error}", file=sys.stderr)
        return os.EX_CONFIG


def choose(environ: Mapping[str, str], until_stopped: ExitStack) -> tuple[Settings, Servers]:
    """Check the settings and find the servers. Raises SettingError, in one sentence."""
    settings = Settings.from_env(environ)
    until_stopped.enter_context(_only_run_in(settings.data_dir))
    check_ports(settings)
    _check_catalogue(settings.catalogue_dir)
    return settings, discover(settings, free_port)


def _check_catalogue(folder: str) -> None:
    """Look for the page's own catalogue here, and not in each process: only the page needs it."""
    if folder and not (Path(folder) / "movies.csv").is_file():
        raise SettingError("CATALOGUE_DIR", folder, "a folder with a movies.csv")


def _places(settings: Settings) -> dict[str, str]:
    """Return the variables by which commands in another terminal find this run."""
    return {
        "NAMESPACE": settings.namespace,
        "HOST": settings.host,
        "COLLECTOR_PORT": str(settings.collector_port),
        "RECOMMENDER_PORT": str(settings.recommender_port),
        "PAGE_PORT": str(settings.page_port),
        "FLOWER_PORT": str(settings.flower_port),
    }


def _move_stranded(environ: Mapping[str, str], settings: Settings, servers: Servers) -> None:
    """Move to the broker what waits in the embedded Redis of a run before, in trial mode."""
    if not (settings.data_dir / "redis").is_dir() or servers.broker_url.endswith(
        f"127.0.0.1:{servers.embedded_port}/1"
    ):
        return
    try:
        with ExitStack() as until_moved:
            if servers.embedded_port:
                url = f"{servers.redis_url.removesuffix('/0')}/1"
            else:
                redis = embedded_redis(free_port(), settings.data_dir)
                url = until_moved.enter_context(redis).url(1)
            command = [sys.executable, "-m", "workers.stranded"]
            subprocess.run(command, env=environ, input=url, text=True, check=True)
    except (SettingError, subprocess.CalledProcessError) as error:
        print(f"{STAYS}: {error}", flush=True)


@contextmanager
def _only_run_in(data_dir: Path) -> Iterator[None]:
    """Lock DATA_DIR for this run. Raises SettingError when another run holds it."""
    with writing_to(data_dir):
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / LOCK_FILE).open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingError(
                "DATA_DIR", str(data_dir), "a folder that no other `make run` uses"
            ) from error
        yield


def _run(environ: Mapping[str, str], settings: Settings, except_pid: int) -> int:
    """Run honcho until it ends or we are told to stop, then end all processes but `except_pid`."""
    tools = Path(sys.executable).parent
    prefix = ["--no-prefix"] if settings.log_format == "json" else []  # a line is one object
    honcho = start(
        [sys.executable, "-m", "honcho", "--env", os.devnull, "start", *prefix],
        when_orphaned=signal.SIGTERM,
        environ={
            **environ,
            "PATH": f"{tools}{os.pathsep}{environ.get('PATH', os.defpath)}",
            # Whatever letters a log line has, the terminal's locale ends nothing.
            "PYTHONUTF8": "1",
            "PYTHONIOENCODING": "utf-8:backslashreplace",
        },
    )
    ended = _comes_up(honcho, settings) and ends_unasked(honcho)
    stop(honcho, within_seconds=7)
    end_orphans(within_seconds=0.2, except_pid=except_pid)
    if ended:
        print("Kinolenta has ended: the first process above that stopped says why.", flush=True)
    return honcho.returncode if ended else 0


def _comes_up(honcho: subprocess.Popen[bytes], settings: Settings) -> bool:
    """Wait until all URLs answer, and say so. Returns False when told to stop meanwhile."""
    deadline = time.monotonic() + UP_SECONDS
    urls = silent = endpoints(settings)
    while silent and honcho.poll() is None and time.monotonic() < deadline:
        if told_to_stop(within_seconds=0.25):
            return False
        silent = {name: url for name, url in silent.items() if not answers(url)}
    if honcho.poll() is None:
        shown = for_people(urls, settings)
        print(messages.running(shown, silent, who_reaches(settings)), flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
