"""The unit for systemd."""

import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.servers.service import ROOT

PATH = ROOT / "launch" / "kinolenta.service"


@pytest.fixture
def unit() -> ConfigParser:
    parser = ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(PATH)
    return parser


def test_the_unit_can_be_enabled(unit: ConfigParser) -> None:
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_it_comes_back_and_stops_in_good_order(unit: ConfigParser) -> None:
    service = unit["Service"]

    assert (service["Restart"], service["KillMode"]) == ("always", "mixed")
    assert int(service["TimeoutStopSec"]) > 6
    assert service["ExecStart"].endswith("honcho start")


def test_the_documentation_shows_the_unit_as_it_is() -> None:
    assert PATH.read_text() in (ROOT / "docs" / "operations.md").read_text()


def test_systemd_finds_nothing_wrong_with_it(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    text = PATH.read_text().replace("/srv/kinolenta/.venv/bin/honcho", "/bin/true")
    unit = tmp_path / "kinolenta.service"
    unit.write_text(text.replace("User=kinolenta", "User=root"))

    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True
    )

    assert "kinolenta.service" not in ended.stderr
