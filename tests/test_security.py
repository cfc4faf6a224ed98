"""docs/security.md: every sentence names the tests that hold it. Those without a place are here.

The sections under FREE say what does not hold, and how to try it.
"""

import ast
import re
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app import schemas
from recs.interactions import ID_BYTES_MOST
from recs.settings import Settings
from tests.servers.service import ROOT
from workers import celery

DOCUMENT = ROOT / "docs" / "security.md"
FREE = {"What it does not do", "How it is tested"}
LINK = re.compile(r"\[(test_\w+)\]\(\.\./(tests/[\w/]+\.py)\)")


def claims() -> Iterator[str]:
    """Yield the sentences of all lists, with their tests."""
    for section in DOCUMENT.read_text().split("\n## "):
        if section.partition("\n")[0] not in FREE:
            yield from re.findall(r"^- .*$", section, re.MULTILINE)


@cache
def names_of_tests(file: str) -> frozenset[str]:
    """Return the names of the tests that a file defines."""
    module = ast.parse((ROOT / file).read_text())
    return frozenset(each.name for each in module.body if isinstance(each, ast.FunctionDef))


def test_the_document_makes_claims() -> None:
    assert len(list(claims())) > 50
    assert DOCUMENT.read_text().count("(../tests/") == len(LINK.findall(DOCUMENT.read_text()))


@pytest.mark.parametrize("claim", [*claims()])
def test_each_sentence_names_tests_that_exist(claim: str) -> None:
    named = LINK.findall(claim)

    assert named
    assert [(name, file) for name, file in named if name not in names_of_tests(file)] == []
    assert LINK.split(claim)[0].strip().endswith("."), "the tests come behind the sentence"


# --- Sentences whose tests have no other place


def test_everything_is_for_this_machine_only_unless_told_otherwise() -> None:
    hosts = re.findall(r'-b "\$\{HOST:-([^}]+)\}:', (ROOT / "Procfile").read_text())

    assert hosts == ["127.0.0.1"] * 3
    assert Settings().host == Settings().flower_host == "127.0.0.1"


@pytest.mark.parametrize(
    ("variables", "asked"),
    [({}, []), ({"FLOWER_PASSWORD": "pw", "FLOWER_USER": "anna"}, ["anna:pw"])],
)
def test_flower_asks_for_the_password_that_is_set(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], asked: list[str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    configuration = runpy.run_path(str(ROOT / "launch" / "flower.py"))

    assert configuration["basic_auth"] == asked
    assert configuration["address"] == "127.0.0.1"
    [line] = [
        line for line in Path(ROOT / "Procfile").read_text().splitlines() if "flower:" in line
    ]
    assert "PASSWORD" not in line


def test_workers_accept_json_only() -> None:
    assert list(celery.conf.accept_content) == ["json"]
    assert celery.conf.task_serializer == celery.conf.event_serializer == "json"


def test_what_a_call_may_hold() -> None:
    assert schemas.INTERACTIONS_MOST == 1_000
    assert schemas.ITEMS_MOST == 100_000
    assert schemas.GENRES_MOST == 1_000
    assert ID_BYTES_MOST == 512
