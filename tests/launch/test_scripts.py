"""The shell scripts behind `make`, on machines that lack something: fake programs say so."""

import subprocess
from pathlib import Path

import pytest

from tests.servers.service import ROOT

OLD_PYTHON = """#!/bin/sh
[ "$1" = -V ] && echo "Python 3.9.2" && exit
exit 1
"""
WITHOUT_ENSUREPIP = """#!/bin/sh
case "$2" in *ensurepip*) exit 1 ;; esac
"""
ANYBODY = "#!/bin/sh\necho 1000\n"
NO_PACKAGE = "#!/bin/sh\nexit 1\n"


def run(folder: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a script of launch/, with the programs of `folder` before the machine's own."""
    return subprocess.run(
        [ROOT / "launch" / script, *arguments],
        env={"PATH": f"{folder}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


def test_an_old_python_is_named_with_its_version(tmp_path: Path) -> None:
    program(tmp_path, "python3", OLD_PYTHON)

    ended = run(tmp_path, "venv.sh", "python3", str(tmp_path / "venv"))

    assert ended.returncode == 1
    assert "needs Python 3.11 or newer; python3 is Python 3.9.2" in ended.stderr


def test_a_missing_venv_module_is_told_with_the_command_that_gets_it(tmp_path: Path) -> None:
    program(tmp_path, "python3", WITHOUT_ENSUREPIP)

    ended = run(tmp_path, "venv.sh", "python3", str(tmp_path / "venv"))

    assert ended.returncode == 1
    assert ended.stderr.endswith("sudo apt-get install python3-venv\n")


@pytest.mark.parametrize(("option", "code"), [((), 1), (("--or-skip",), 0)])
def test_whoever_may_not_install_is_told_the_command(
    tmp_path: Path, option: tuple[str, ...], code: int
) -> None:
    program(tmp_path, "id", ANYBODY)
    program(tmp_path, "dpkg-query", NO_PACKAGE)

    ended = run(tmp_path, "packages.sh", *option, "redis-server")

    assert ended.returncode == code
    assert ended.stderr.endswith("sudo apt-get install redis-server\n")


def test_what_is_installed_is_left_alone(tmp_path: Path) -> None:
    program(tmp_path, "dpkg-query", "#!/bin/sh\nprintf installed\n")

    ended = run(tmp_path, "packages.sh", "redis-server")

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
