"""Paths that people type: relative to their folder, not to the one where the service runs."""

import os
from pathlib import Path
from typing import Any

import click

ROOT = Path(__file__).parents[1]
"""The folder where the service runs, with `.env` and a relative DATA_DIR."""
STARTED_IN = Path.cwd()


class Typed(click.Path):
    """A path of the command line, made absolute."""

    def __init__(self, **options: Any) -> None:
        super().__init__(path_type=Path, **options)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Make the path absolute, and check it."""
        if not value:
            self.fail("The path is empty.", param, ctx)  # of a shell variable that is not set, say
        path = os.path.join(STARTED_IN, os.path.expanduser(value))
        return Path(str(super().convert(path, param, ctx)))
