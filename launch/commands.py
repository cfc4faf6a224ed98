"""Saves which servers this run has chosen, for other commands."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

SERVERS_FILE = "servers.env"


@contextmanager
def tell_commands(variables: Mapping[str, str], data_dir: Path) -> Iterator[None]:
    """Keep variables in DATA_DIR/servers.env, in the format of honcho, while the service runs."""
    file = data_dir / SERVERS_FILE
    file.unlink(missing_ok=True)  # left by a killed run, perhaps with other permissions
    write_private(file, "".join(f"{name}={quote(value)}\n" for name, value in variables.items()))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def write_private(path: Path, text: str) -> None:
    """Write a new file that only this user can read: it may hold a password."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
