"""Tells other commands of the Makefile which servers this run has chosen."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from shlex import quote

SERVERS_FILE = "servers.env"


@contextmanager
def tell_commands(variables: Mapping[str, str], data_dir: Path) -> Iterator[None]:
    """Keep variables in DATA_DIR/servers.env, in the format of honcho, while the service runs."""
    file = data_dir / SERVERS_FILE
    file.touch(mode=0o600)  # a URL may hold a password
    lines = [f"{name}={quote(value)}\n" for name, value in variables.items()]
    file.write_text("".join(lines), encoding="utf-8")
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
