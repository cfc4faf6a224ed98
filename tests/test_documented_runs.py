"""Every command in the docs, or what it starts, is run by a test; or it says here why not."""

import re
from collections.abc import Mapping

from tests.documented import commands
from tests.servers.service import ROOT

MINUTES = "not run: it takes minutes to hours; its parts are tested"
NETWORK = "not run: it needs the network"
WHERE_RUN: Mapping[str, str] = {
    "kinolenta import": "tests/journeys/test_import.py",
    "kinolenta export": "tests/cli/test_export.py",
    "kinolenta backup": "tests/journeys/test_backup.py",
    "kinolenta restore": "tests/journeys/test_backup.py",
    "kinolenta rebuild": "tests/cli/test_entry.py",
    "kinolenta models": "tests/journeys/test_models.py",
    "kinolenta doctor": "tests/cli/test_doctor.py",
    "kinolenta evaluate": "tests/cli/test_evaluation.py",
    "kinolenta --help": "tests/cli/test_entry.py",
    "kinolenta --version": "tests/cli/test_entry.py",
    "python -m cli": "tests/cli/test_entry.py",
    "python -m simulator": "tests/simulator/test_grade.py",
    "python -m bench": MINUTES,
    "python -m docs.screenshots": "not run: it makes the pictures of the docs",
    "python -m pytest": "not run by itself: it runs this",
    "make install": "not run: .ci/run begins with it",
    "make run": "tests/launch/test_run.py",
    "make models": "tests/cli/test_entry.py",
    "make rebuild": "tests/workers/test_rebuild.py",
    "make rollback": "tests/cli/test_versions.py",
    "make services": "not run: it installs servers, as root",
    "make audit": NETWORK,
    "make pins": NETWORK,
    "make format": "not run: it changes the code",
    "make help": "tests/test_documented_commands.py",
    "make sure": "not run: .ci/run does its parts",
    "make lint": "not run: .ci/run does",
    "make types": "not run: .ci/run does",
    "make test": "not run by itself: it runs this",
    "make unit": "not run by itself: it runs this",
    "make grade": "tests/simulator/test_grade.py",
    "make lab": "tests/simulator/test_lab.py",
    "make pace": MINUTES,
    "make chaos": "tests/chaos/test_chaos.py",
    "make backlog": "tests/chaos/test_backlog.py",
    "make bench": MINUTES,
    "make bench-": MINUTES,
    "curl": "tests/fuzz/test_described.py",
    "docker": "not run: CI has no Docker; tests/test_compose.py reads the file",
    "git": NETWORK,
    "pre-commit": NETWORK,
    "systemctl": "not run: CI has no systemd; tests/test_systemd.py reads the unit",
}
"""Where each, or what it starts, is run; or why not. All addresses that curl asks are fuzzed."""


def test_every_command_is_run_or_says_why_not() -> None:
    names = {known(each.name) for each in commands()}

    assert names == set(WHERE_RUN)
    files = [each for each in WHERE_RUN.values() if not each.startswith("not run")]
    assert [each for each in files if not (ROOT / each).is_file()] == []


def known(name: str) -> str:
    """Return the name under which a command is listed: all benchmarks have the same."""
    return re.sub(r"^(make bench-|python -m bench)[.\w]+$", r"\1", name)
