"""Saves which servers, ports and NAMESPACE this run has, for other commands."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

from recs.errors import SettingError

SERVERS_FILE = "servers.env"


@contextmanager
def tell_commands(variables: Mapping[str, str], data_dir: Path) -> Iterator[None]:
    """Keep variables in DATA_DIR/servers.env, in the format of honcho, while the service runs."""
    file = data_dir / SERVERS_FILE
    with writing_to(data_dir):
        file.unlink(missing_ok=True)  # left by a killed run, perhaps with other permissions
        lines = [f"{name}={quote(value)}\n" for name, value in variables.items()]
        write_private(file, "".join(lines))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


@contextmanager
def writing_to(data_dir: Path) -> Iterator[None]:
    """Raise SettingError if what is done meanwhile fails because of the folder or its disk."""
    try:
        yield
    except OSError as error:
        allowed = f"a folder that can be written to ({error.strerror})"
        raise SettingError("DATA_DIR", str(data_dir), allowed) from error


def write_private(path: Path, text: str) -> None:
    """Write a new file that only this user can read: it may hold a password."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
