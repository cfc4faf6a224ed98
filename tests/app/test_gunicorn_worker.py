"""app/gunicorn_worker.py stands on names of gunicorn that no release promises to keep."""

import inspect
import re

import pytest
from gunicorn import SERVER
from gunicorn.workers import gthread

from tests.servers.service import ROOT
from tests.test_requirements import pinned

VANISHED = "gunicorn has changed inside: read its gthread.py again before app/gunicorn_worker.py"
PRIVATE = {
    "_DEFER": "gives a connection back that has nothing to say yet",
    "TConn.wait_for_data": "takes the seconds to wait",
    "ThreadWorker.handle": "serves one connection from a thread",
    "ThreadWorker.murder_pending": "is called every second",
    "ThreadWorker.init_process": "begins a process",
}


@pytest.mark.parametrize("name", PRIVATE)
def test_what_our_worker_stands_on_is_there(name: str) -> None:
    found: object = gthread
    for part in name.split("."):
        found = getattr(found, part, None)

    assert found is not None, f"{name}, which {PRIVATE[name]}, is gone. {VANISHED}"


def test_what_our_worker_stands_on_is_used_as_it_was() -> None:
    """These are no attributes of a class: they are there once a connection is."""
    source = inspect.getsource(gthread)

    for used in ("self.initialized = ", "self.murder_pending()", "is _DEFER", "timeout"):
        assert used in source, f"{used!r} is gone. {VANISHED}"


def test_the_next_minor_version_is_not_taken_unasked() -> None:
    [asked] = re.findall(r"^gunicorn>=(\S+),<(\S+)", (ROOT / "requirements.in").read_text(), re.M)
    [version] = pinned("requirements.txt")["gunicorn"]

    assert asked[0] == version
    assert asked[1] == "{}.{}".format(version.split(".")[0], int(version.split(".")[1]) + 1)
    assert SERVER.startswith("gunicorn")
