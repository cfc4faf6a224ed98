"""How far the loading of titles is: on disk, for all processes of the page, and over restarts."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Progress:
    """One loading. `start` names the start of the page that it belongs to.

    phase: idle, waiting, loading, done, not needed, given up, refused.
    """

    start: str = ""
    phase: str = "idle"
    sent: int = 0
    total: int = 0
    generation: int | None = None

    @property
    def under_way(self) -> bool:
        """Tell whether it is worth asking again soon."""
        return self.phase in ("waiting", "loading")


def read_progress(folder: Path) -> Progress:
    """Return what was written last; idle where nothing was, or nothing readable."""
    try:
        return Progress(**json.loads(_path(folder).read_text()))
    except (OSError, ValueError, TypeError):
        return Progress()


def write_progress(folder: Path, progress: Progress) -> None:
    """Put the progress where readers find either the old one or the new one in full."""
    draft = _path(folder).with_suffix(".draft")
    draft.write_text(json.dumps(asdict(progress)))
    draft.replace(_path(folder))


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Give True to one process at a time; the lock of a process that dies is free at once."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "page-loading.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def start_of_page() -> str:
    """Name this start of the page: gunicorn's master, which outlives its workers.

    Its own start time tells it from a later one with the same number, as in a container.
    """
    master = os.getppid()
    try:
        fields = Path(f"/proc/{master}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return str(master)
    return f"{master}-{fields[19]}"


def _path(folder: Path) -> Path:
    return folder / "page-loading.json"
