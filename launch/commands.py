"""Tells other commands of the Makefile which servers this run has chosen."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def tell_commands(variables: Mapping[str, str], data_dir: Path) -> Iterator[None]:
    """Keep variables in DATA_DIR/servers.env, in the format of honcho, while the service runs."""
    file = data_dir / "servers.env"
    file.touch(mode=0o600)  # a URL may hold a password
    file.write_text("".join(f'{name}="{value}"\n' for name, value in variables.items()))
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
