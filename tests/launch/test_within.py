"""Other commands of the Makefile find the servers of a run, also after one that was killed."""

import fcntl
import os
import subprocess
import sys
from errno import EACCES
from pathlib import Path
from typing import NoReturn

import pytest

from launch.commands import SERVERS_FILE, tell_commands
from launch.within import LOCK_FILE, servers_of_run
from recs.errors import SettingError
from tests.servers.service import ROOT

URLS = {
    "REDIS_URL": "redis://:p@ss'w\"ord#1@127.0.0.1:26379/0",
    "CELERY_BROKER_URL": "amqp://kino:h\\ush $HOME@127.0.0.1//",
}


def test_commands_get_the_urls_of_a_run_whatever_is_in_them(tmp_path: Path) -> None:
    with (tmp_path / LOCK_FILE).open("w") as lock, tell_commands(URLS, tmp_path):
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert servers_of_run(tmp_path) == URLS
        assert (tmp_path / SERVERS_FILE).stat().st_mode & 0o077 == 0
    assert servers_of_run(tmp_path) == {}


def test_what_a_killed_run_has_left_is_not_believed_and_deleted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / SERVERS_FILE).write_text("REDIS_URL=redis://127.0.0.1:1/0\n")
    (tmp_path / LOCK_FILE).touch()

    assert servers_of_run(tmp_path) == {}
    assert not (tmp_path / SERVERS_FILE).exists()
    assert "killed" in capsys.readouterr().err
    assert servers_of_run(tmp_path) == {}
    assert capsys.readouterr().err == ""


def test_asking_does_not_keep_a_run_from_starting(tmp_path: Path) -> None:
    (tmp_path / SERVERS_FILE).touch()
    servers_of_run(tmp_path)

    with (tmp_path / LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_run_of_somebody_else_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> NoReturn:
        raise PermissionError(EACCES, "Permission denied", str(path))

    (tmp_path / SERVERS_FILE).touch()
    monkeypatch.setattr(Path, "open", refuse)  # root may open everything

    with pytest.raises(SettingError, match=r"DATA_DIR.*Permission denied"):
        servers_of_run(tmp_path)


def within(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command as the Makefile does, in a folder of its own."""
    return subprocess.run(
        [sys.executable, "-m", "launch.within", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_command_has_the_variables_of_dotenv_and_of_the_run(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DATA_DIR=kept\nNAMESPACE=mine\n")
    (tmp_path / "kept").mkdir()
    (tmp_path / "show.py").write_text(
        "import os, sys; print(os.environ['NAMESPACE'], os.environ['REDIS_URL'], *sys.argv[1:])"
    )
    url = {"REDIS_URL": "redis://127.0.0.1:1/0"}
    with (tmp_path / "kept" / LOCK_FILE).open("w") as lock, tell_commands(url, tmp_path / "kept"):
        fcntl.flock(lock, fcntl.LOCK_EX)
        ended = within(tmp_path, "show", "--option", "two words", NAMESPACE="the shell's")

    assert ended.stdout == "mine redis://127.0.0.1:1/0 --option two words\n"


def test_a_wrong_setting_is_one_sentence(tmp_path: Path) -> None:
    ended = within(tmp_path, "show", PAGE_PORT="eighty")

    assert ended.returncode == 1
    assert ended.stderr == (
        "This cannot run: PAGE_PORT='eighty' cannot be used: it must be a number (int)\n"
    )
