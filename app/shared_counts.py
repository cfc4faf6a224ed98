"""The folder in which the processes of one gunicorn add up their counts."""

import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""prometheus_client reads this variable once, when it is imported."""
ADDED = "?" * 8
"""What `mkdtemp` adds to a prefix."""


def open_folder(name: str) -> None:
    """Make a folder for this run, before any process is forked. name: unique to this service.

    Folders that killed runs of the same name have left are deleted. It is on this machine, not in
    DATA_DIR, because it is mapped into memory. Raises OSError.
    """
    prefix = f"kinolenta-{name}-"
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}{ADDED}"):
        shutil.rmtree(left, ignore_errors=True)
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix=prefix)


def close_folder() -> None:
    """Delete the folder of this run."""
    if folder := os.environ.pop(VARIABLE, ""):
        shutil.rmtree(folder, ignore_errors=True)
