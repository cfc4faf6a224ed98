"""Runs a module with the settings and servers of the service: `python -m launch.within MODULE …`.

`.env` wins over the shell, as everywhere; the servers are those that `make run` has chosen, while
it runs.
"""

import fcntl
import os
import sys
from pathlib import Path

from honcho.environ import parse

from launch.commands import SERVERS_FILE, writing_to
from launch.dotenv import read_dotenv
from recs.errors import SettingError
from recs.settings import Settings

LOCK_FILE = "run.lock"


def environment() -> tuple[dict[str, str], list[str]]:
    """Return the environment with `.env` in it, and warnings. Raises SettingError."""
    values, warnings = read_dotenv(Path(".env"))
    return {**os.environ, **values}, warnings


def service_environment() -> dict[str, str]:
    """Return the environment with the servers that the service uses now. Raises SettingError."""
    environ, _ = environment()
    return environ | servers_of_run(Settings.from_env(environ).data_dir)


def servers_of_run(data_dir: Path) -> dict[str, str]:
    """Return the URLs that `make run` has chosen; none if it does not run.

    The file of a killed run is deleted: its embedded Redis is gone. Raises SettingError if this
    user may not read it.
    """
    file = data_dir / SERVERS_FILE
    with writing_to(data_dir):
        if not file.exists():
            return {}
        if _is_running(data_dir):
            variables: dict[str, str] = parse(file.read_text(encoding="utf-8"))
            return variables
        file.unlink(missing_ok=True)
    print(f"{file} is left from a run that was killed: the settings are used.", file=sys.stderr)
    return {}


def _is_running(data_dir: Path) -> bool:
    """Return whether a run holds the lock of its folder. The kernel frees a dead one's lock."""
    with (data_dir / LOCK_FILE).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def main(arguments: list[str]) -> None:
    """Replace this process by the module."""
    try:
        environ = service_environment()
    except SettingError as error:
        sys.exit(f"This cannot run: {error}")
    os.execve(sys.executable, [sys.executable, "-m", *arguments], environ)


if __name__ == "__main__":
    main(sys.argv[1:])
