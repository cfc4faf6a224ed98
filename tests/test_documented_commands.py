"""Every command in the docs can be typed as it stands. What runs it: test_documented_runs.py."""

import json
import re
import subprocess
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit

import click
import pytest
from jsonschema import validate

from app import create_app
from app.openapi import document
from cli.entry import kinolenta
from recs.settings import Settings
from tests.app.described import resolved
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
    url = urlsplit("http://" + next(each for each in words if each.startswith("localhost:")))
    role = {5000: "collector", 5001: "recommender"}[url.port or 0]
    method = "post" if "-d" in words else "get"
    description = document(create_app(role, Settings()))
    operations = [
        told[method]
        for path, told in description["paths"].items()
        if method in told and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), url.path)
    ]

    assert operations, f"{method} {url.path}"
    told = operations[0]
    named = {each["name"] for each in told.get("parameters", ()) if each["in"] == "query"}
    assert set(parse_qs(url.query)) <= named
    if "-d" in words:
        schema = told["requestBody"]["content"]["application/json"]["schema"]
        validate(json.loads(words[words.index("-d") + 1]), resolved(description, schema))


def test_compose_has_the_profile() -> None:
    asked = {
        each.words[each.words.index("--profile") + 1]
        for each in COMMANDS
        if each.program == "docker" and "--profile" in each.words
    }

    assert asked == {"service"}
    assert "profiles: [service]" in (ROOT / "compose.yaml").read_text()
