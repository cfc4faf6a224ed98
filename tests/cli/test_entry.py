"""The command line as people meet it: help, wrong use, no traceback."""

import subprocess
import sys
from dataclasses import replace
from fcntl import LOCK_EX, flock
from pathlib import Path
from runpy import run_module
from types import ModuleType

import pytest
from click import Command
from click.testing import CliRunner

from cli.entry import COMMANDS, Entry, kinolenta
from recs.settings import Settings
from recs.version import VERSION
from tests.cli.files import MOVIES, RATINGS, write
from tests.servers.service import ROOT, environ_of


def run(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=ROOT, env=environ_of(settings), capture_output=True, text=True, timeout=120,
    )  # fmt: skip


@pytest.mark.parametrize("name", [str(each.name) for each in COMMANDS])
def test_every_command_tells_what_it_does(name: str) -> None:
    told = CliRunner().invoke(kinolenta, [name, "--help"])

    assert told.exit_code == 0
    assert len(told.output.splitlines()) > 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["import", "~nobody-of-this-name/x"], "does not exist"),
        (["import", ""], "The path is empty"),
        (["export", ""], "The path is empty"),
    ],
    ids=["no home", "empty variable", "nothing to write to"],
)
def test_a_path_that_names_nothing_is_wrong_use(arguments: list[str], said: str) -> None:
    told = CliRunner().invoke(kinolenta, arguments)

    assert told.exit_code == 2
    assert said in told.output


def test_the_version_is_told() -> None:
    assert CliRunner().invoke(kinolenta, ["--version"]).output == f"kinolenta, version {VERSION}\n"


def test_every_command_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "cli.md").read_text()

    assert [each.name for each in COMMANDS if f"`{each.name}" not in text] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["import", "/nowhere"], 2, "does not exist"),
        (["import"], 2, "Missing argument"),
        (["fly"], 2, "No such command"),
        (["export", "{folder}"], 1, "no generation has begun"),
        (["backup", "{folder}/b.tar.gz"], 1, "no generation has begun"),
        (
            ["restore", "--yes", "{folder}/text"],
            1,
            "text is not a backup of this service, or a damaged one\n",
        ),
        (["import", "{folder}/text"], 1, "none of these"),
        (["rebuild"], 1, "nobody answers at REDIS_URL"),
        (["models", "rollback"], 1, "nobody answers at REDIS_URL"),
        (["backup", "{folder}/nowhere/b.tar.gz"], 1, "there is no folder"),
        (["import", "{folder}/text", "--scale", "nan"], 2, "is not a number"),
        (["import", "{folder}/text", "--scale", "0"], 2, "is not in the range"),
        (["import", "{folder}/text", "--like-from", "inf"], 2, "is not a number"),
        (["import", "{folder}/text", "--like-from", "-1"], 2, "is not in the range"),
        (["import", "{folder}/text", "--dislike-below", "-1"], 2, "is not in the range"),
        (["models", "show"], 1, "there is no version yet"),
        (["evaluate"], 1, "kinolenta import"),
    ],
    ids=str,
)
def test_what_goes_wrong_is_a_sentence(
    settings: Settings, tmp_path: Path, arguments: list[str], code: int, said: str
) -> None:
    (tmp_path / "text").write_text("hello")
    secretive = replace(settings, redis_url="redis://:hush@127.0.0.1:1/0")

    done = run(secretive, *(each.format(folder=tmp_path) for each in arguments))

    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "hush" not in done.stderr


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FileNotFoundError(2, "No such file or directory", "/x"), "/x: No such file or directory"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (OSError("no number"), "OSError: no number"),
    ],
    ids=str,
)
def test_what_the_system_refuses_is_told_without_its_number(error: OSError, said: str) -> None:
    def fail() -> None:
        raise error

    done = CliRunner().invoke(Entry(commands={"fail": Command("fail", callback=fail)}), ["fail"])

    assert (done.exit_code, done.output) == (1, f"Error: {said}\n")


def test_who_reads_only_the_first_line_gets_no_error(settings: Settings) -> None:
    doctor = subprocess.Popen(
        [sys.executable, "-m", "cli", "doctor"],
        cwd=ROOT, env=environ_of(settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert doctor.stdout
    first = doctor.stdout.readline()
    doctor.stdout.close()
    _, said = doctor.communicate(timeout=60)

    assert first.startswith(b"ok ")
    assert said == b""


def test_an_interrupt_while_modules_are_loaded_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Interrupted(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "cli.entry", Interrupted("cli.entry"))

    with pytest.raises(SystemExit, match="Aborted!"):
        run_module("cli", run_name="__main__")


@pytest.mark.slow
def test_while_one_import_runs_another_one_says_so(settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "set", {"ratings.csv": RATINGS, "movies.csv": MOVIES})
    settings.data_dir.mkdir()
    with (settings.data_dir / "import.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        refused = run(settings, "import", str(folder))
    done = run(settings, "import", str(folder))

    assert refused.returncode == 1
    assert "another import" in refused.stderr
    assert done.returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        "import --dry-run {folder}", "import --strict {folder}", "import {folder}/none.csv",
        "doctor", "models list", "rebuild",
    ],
)  # fmt: skip
def test_a_command_that_changes_nothing_leaves_nothing(
    settings: Settings, tmp_path: Path, command: str
) -> None:
    files = {"ratings.csv": RATINGS + "9,1\n", "movies.csv": MOVIES, "none.csv": "user,item\n"}
    folder = write(tmp_path / "set", files)
    nowhere = replace(settings, data_dir=tmp_path / "new" / "deep")

    run(nowhere, *command.format(folder=folder).split())

    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_nothing_is_rebuilt_out_of_an_empty_disk(settings: Settings, redis_url: str) -> None:
    done = run(settings, "rebuild")

    assert (done.returncode, "there is nothing on disk" in done.stderr) == (1, True)
    assert not settings.data_dir.exists()


@pytest.mark.slow
def test_a_version_that_is_not_there_is_a_sentence(settings: Settings, redis_url: str) -> None:
    done = run(settings, "models", "rollback", "99")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: there is no version 99")


@pytest.mark.slow
def test_models_are_listed_without_a_redis(settings: Settings) -> None:
    done = run(settings, "models", "list")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("generation ")


@pytest.mark.slow
def test_wrong_settings_have_a_code_of_their_own(settings: Settings, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "models", "list"],
        cwd=ROOT, env=environ_of(settings) | {"BATCH_SIZE": "none"}, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 78
    assert "BATCH_SIZE" in done.stderr


@pytest.mark.slow
def test_a_dry_run_tells_and_does_nothing(settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "ml", {"movies.csv": MOVIES, "ratings.csv": RATINGS + "9,1\n"})

    done = run(settings, "import", "--dry-run", str(folder))

    assert done.returncode == 0
    assert "3 titles, 2 users, 4 interactions (2 likes, 1 dislikes, 1 watched)" in done.stdout
    assert "refused: ratings.csv:6: 2 cells instead of 4" in done.stderr
    assert not (settings.data_dir / "generations").exists()


@pytest.mark.slow
def test_with_strict_a_refused_line_ends_it(settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "ml", {"movies.csv": MOVIES, "ratings.csv": RATINGS + "9,1\n"})

    done = run(settings, "import", "--strict", str(folder))

    assert (done.returncode, (settings.data_dir / "generations").exists()) == (1, False)


@pytest.mark.slow
def test_import_export_import_without_any_server(settings: Settings, tmp_path: Path) -> None:
    folder = write(tmp_path / "ml", {"movies.csv": MOVIES, "ratings.csv": RATINGS})
    out = tmp_path / "out"

    assert run(settings, "import", str(folder)).returncode == 0
    assert run(settings, "export", str(out)).returncode == 0
    again = run(settings, "import", str(out))

    assert again.returncode == 0
    assert "In the log already, and not written again: 4." in again.stdout
    refused = run(settings, "export", str(out))
    assert (refused.returncode, "--force" in refused.stderr) == (1, True)


@pytest.mark.slow
def test_it_runs_from_any_folder_and_paths_are_relative_to_it(
    settings: Settings, tmp_path: Path
) -> None:
    write(tmp_path / "ml", {"movies.csv": MOVIES, "ratings.csv": RATINGS})
    (tmp_path / "kinolenta").symlink_to(ROOT / "launch" / "kinolenta")
    (tmp_path / "python").symlink_to(sys.executable)

    done = subprocess.run(
        [ROOT / "launch" / "kinolenta", "import", "--dry-run", "ml"],
        cwd=tmp_path, env=environ_of(settings), capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "3 titles" in done.stdout
