import re

import pytest

from tests.servers.service import ROOT


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


@pytest.mark.parametrize("kind", ["requirements", "requirements-dev"])
def test_every_package_that_is_asked_for_is_pinned(kind: str) -> None:
    assert chosen(f"{kind}.in") - set(pinned(f"{kind}.txt")) == set()


def test_tests_run_on_the_versions_that_the_service_runs_on() -> None:
    service, tests = pinned("requirements.txt"), pinned("requirements-dev.txt")
    both = service.keys() & tests.keys()

    assert both
    assert {name: tests[name] for name in both} == {name: service[name] for name in both}


@pytest.mark.parametrize("kind", ["requirements", "requirements-dev"])
def test_pins_name_no_place_of_one_machine(kind: str) -> None:
    lines = [line for line in (ROOT / f"{kind}.txt").read_text().splitlines() if line[0] != "#"]

    assert not [line for line in lines if "://" in line or "/" in line.replace("-r ", "")]
