"""Paths that people type are relative to where they are, whatever folder the service runs in."""

from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]
"""Where the service runs: `.env` and a relative DATA_DIR are here."""
STARTED_IN = Path.cwd()


class Typed(click.Path):
    """A path of the command line, absolute afterwards."""

    def __init__(self, **options: Any) -> None:
        super().__init__(path_type=Path, **options)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Make it absolute, and check what was asked for."""
        return Path(str(super().convert(str(STARTED_IN / Path(value).expanduser()), param, ctx)))
