"""What pytest-xdist gives to one of its processes as a whole: files, and groups of files."""

from pathlib import PurePosixPath

from xdist.scheduler import LoadFileScheduling

LAST = {"chaos", "fuzz", "test_beat.py"}
"""Tests (folders, files) that load whole processes, or depend on how fast they are."""
SHARING = {
    *("page", "test_dead_letters.py", "test_loop.py", "test_processes.py", "test_watching.py"),
}
"""Journeys (folders, files) that share one `service`: it takes 20 s of a processor to start."""


class Groups(LoadFileScheduling):  # type: ignore[misc]
    """Gives away files; of tests that share a service, or run last, all at once."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(super()._split_scope(nodeid))


def group_of(file: str) -> str:
    """Return the group of a file."""
    parts = {*PurePosixPath(file).parts}
    if "journeys" in parts and SHARING & parts:
        return "service"
    return min(LAST & parts, default=file)
