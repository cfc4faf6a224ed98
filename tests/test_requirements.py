"""requirements*.in and .txt: what the service, the simulator and the tests are installed from."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.servers.service import ROOT

OF_MODULE = packages_distributions()
KINDS = ["requirements", "requirements-simulator", "requirements-dev", "requirements-bench"]
ROOMS = {
    "requirements": ["app", "workers", "recs", "launch", "cli", "celeryconfig.py"],
    "requirements-simulator": ["simulator"],
    "requirements-dev": ["tests", "docs"],
    "requirements-bench": ["bench"],
}
"""Which code may import what a file names, and what the files before it name."""
OWN = {"app", "workers", "recs", "launch", "cli", "simulator", "tests", "bench", "celeryconfig"}


def chosen(name: str) -> set[str]:
    """Return the packages that a `.in` file asks for."""
    lines = (ROOT / name).read_text().splitlines()
    return {found[0] for line in lines if (found := re.match(r"[\w-]+", line))} - {"-c"}


def pinned(name: str) -> dict[str, set[str]]:
    """Return the versions of each package in a `.txt` file: one, or one for each Python."""
    pins: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w-]+)==(\S+)", (ROOT / name).read_text(), re.M):
        pins.setdefault(package, set()).add(version)
    return pins


@pytest.mark.parametrize("kind", KINDS)
def test_every_package_that_is_asked_for_is_pinned(kind: str) -> None:
    assert chosen(f"{kind}.in") - set(pinned(f"{kind}.txt")) == set()


def test_tests_run_on_the_versions_that_the_service_runs_on() -> None:
    service = pinned("requirements.txt")
    for kind in KINDS[1:]:
        others = pinned(f"{kind}.txt")
        both = service.keys() & others.keys()

        assert both
        assert {name: others[name] for name in both} == {name: service[name] for name in both}


@pytest.mark.parametrize("kind", KINDS)
def test_pins_name_no_place_of_one_machine(kind: str) -> None:
    lines = [line for line in (ROOT / f"{kind}.txt").read_text().splitlines() if line[0] != "#"]

    assert not [line for line in lines if "://" in line or "/" in line.replace("-r ", "")]


def files(room: str) -> list[Path]:
    path = ROOT / room
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def imports(file: Path) -> Iterator[str]:
    """Yield the first part of the name of every module that a file imports."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name.partition(".")[0] for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def distribution(module: str) -> set[str]:
    """Return the packages that bring a module, as requirements name them."""
    names = OF_MODULE.get(module, [module])  # itself, where it is not installed
    return {re.sub(r"[-_.]+", "-", name).lower() for name in names}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_imported_is_named_where_it_is_used(kind: str) -> None:
    """A package that only comes along with another one may be gone with its next version."""
    named = set().union(*(chosen(f"{each}.in") for each in KINDS[: KINDS.index(kind) + 1]))
    used = {
        (module, str(file.relative_to(ROOT)))
        for room in ROOMS[kind]
        for file in files(room)
        for module in imports(file)
        if module not in sys.stdlib_module_names | OWN
    }

    assert used
    assert sorted((m, file) for m, file in used if not distribution(m) & named) == []


def test_what_only_draws_and_reads_tables_is_no_part_of_the_service() -> None:
    assert {"matplotlib", "pandas", "pillow"} & set(pinned("requirements.txt")) == set()
