"""Every command in the docs can be typed as it stands, and a test runs it or it says why not."""

import json
import re
import subprocess
from collections.abc import Iterable, Mapping

import click
import pytest

from cli.entry import kinolenta
from tests.documented import PAGES, Command, blocks, commands
from tests.servers.service import ROOT

COMMANDS = list(dict.fromkeys(commands()))
MAKEFILE = (ROOT / "Makefile").read_text()
LANGUAGES = {"sh", "console", "text", "json", "mermaid", "ini", "nginx"}
MODULE_OF = {
    "grade": "simulator", "lab": "simulator", "pace": "simulator", "bench": "bench.web",
    "chaos": "tests.chaos", "backlog": "tests.chaos.backlog",
}  # fmt: skip
"""The module that gets the ARGS of a target; pytest gets those of `unit` and `test`."""

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
    "make rollback": "tests/workers/test_models.py",
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


def known(name: str) -> str:
    """Return the name under which a command is listed: all benchmarks have the same."""
    return re.sub(r"^(make bench-|python -m bench)[.\w]+$", r"\1", name)


def sources(module: str) -> str:
    """Return the code of a module or of a package that is started. Fails if there is none."""
    path = ROOT / module.replace(".", "/")
    files = list(path.glob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return "".join(each.read_text() for each in files)


def takes(module: str, words: Iterable[str]) -> None:
    """Assert that a module declares each option among the words."""
    text = sources(module) + (sources("simulator") if module == "bench.service" else "")
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    assert [each for each in options if each != "--help" and f'"{each}"' not in text] == []


def test_every_block_says_what_it_holds() -> None:
    odd = [(page.name, text[:40]) for page in PAGES for language, text in blocks(page)
           if language not in LANGUAGES]  # fmt: skip

    assert odd == [], f"after the three backticks stands one of {LANGUAGES}"


def test_every_command_is_run_or_says_why_not() -> None:
    names = {known(each.name) for each in COMMANDS}

    assert names == set(WHERE_RUN)
    files = [each for each in WHERE_RUN.values() if not each.startswith("not run")]
    assert [each for each in files if not (ROOT / each).is_file()] == []


@pytest.mark.parametrize(
    "command", [each for each in COMMANDS if each.program == "kinolenta"], ids=str
)
def test_kinolenta_takes_what_is_documented(command: Command) -> None:
    group: click.Command = kinolenta
    words = list(command.words[1:])
    while isinstance(group, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        assert name in group.commands
        group = group.commands[name]
    if "--help" in words or isinstance(group, click.Group):
        return
    given, left, _ = group.make_parser(click.Context(group)).parse_args(words)

    assert left == []
    if command.in_block:  # in text, a command may be named without what it is given
        assert [each.name for each in group.params if each.required and not given[each.name]] == []


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.program == "make"], ids=str)
def test_make_has_the_target(command: Command) -> None:
    variables = dict(word.split("=", 1) for word in command.words[1:] if "=" in word)
    targets = [word for word in command.words[1:] if "=" not in word]
    for target in targets:
        bench = re.match(r"bench-(\w+)$", target)
        module = f"bench.{bench[1]}" if bench else MODULE_OF.get(target)
        assert re.search(rf"^{'bench-%' if bench else target}:.* ## ", MAKEFILE, re.MULTILINE)
        if module:
            takes(module, variables.pop("ARGS", "").split())
        assert all(f"$({each})" in MAKEFILE or f"({each})," in MAKEFILE for each in variables)
    subprocess.run(["make", "-n", *command.words[1:]], cwd=ROOT, check=True, capture_output=True)


def test_make_help_lists_what_is_documented() -> None:
    told = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)

    targets = {each.words[1] for each in COMMANDS if each.program == "make"}
    listed = {re.sub("%", "", each) for each in re.findall(r"^  make (\S+)", told.stdout, re.M)}
    named = {re.sub(r"(?<=^bench-).*", "", each) for each in targets}
    assert named <= listed | {"sure"}


@pytest.mark.parametrize(
    "command", [each for each in COMMANDS if each.program == "python"], ids=str
)
def test_python_has_the_module(command: Command) -> None:
    if command.in_block:  # outside the virtual environment there is nothing that it needs
        assert command.words[0].startswith(".venv/bin/")
    if command.words[2] == "pytest":
        assert all((ROOT / each).exists() for each in command.words if each.startswith("tests/"))
    else:
        takes(command.words[2], command.words[3:])


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.program == "curl"], ids=str)
def test_curl_asks_for_what_there_is(command: Command) -> None:
    words = command.words
    url = next(each for each in words if ":500" in each)
    path = re.sub(r"^.*?:\d+|\?.*", "", url)
    method = "POST" if "-d" in words else "GET"
    routes = re.findall(rf"^### .*`{method} (/[^`]*)`", _api(), re.MULTILINE)

    assert any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each), path) for each in routes)
    if "-d" in words:
        assert isinstance(json.loads(words[words.index("-d") + 1]), dict)


def _api() -> str:
    return (ROOT / "docs" / "api.md").read_text()


def test_compose_has_the_profile() -> None:
    asked = {
        each.words[each.words.index("--profile") + 1]
        for each in COMMANDS
        if each.program == "docker" and "--profile" in each.words
    }

    assert asked == {"service"}
    assert "profiles: [service]" in (ROOT / "compose.yaml").read_text()
