"""What README says of starting, importing and the version, against what is printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from launch import messages
from launch.endpoints import endpoints
from launch.reach import for_people, who_reaches
from recs.settings import Settings
from recs.version import VERSION
from tests.documented import PAGES, split
from tests.servers.service import ROOT, environ_of

README = (ROOT / "README.md").read_text()
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)|<img\s+src=\"([^\"]+)\"")


@pytest.mark.parametrize("page", ["README.md", "README.ru.md"])
def test_the_banner_is_shown_as_it_is_printed(page: str) -> None:
    settings = Settings()
    shown = for_people(endpoints(settings), settings)

    assert messages.running(shown, (), who_reaches(settings)) in (ROOT / page).read_text()


def test_the_section_on_grading_starts_with_the_other_machine() -> None:
    section = re.search(r"^## .*graded.*\n\n(.*)", README, re.M)

    assert section is not None
    assert section[1].startswith("The grader's machine is usually another one")
    assert "HOST=0.0.0.0 make run" in README[section.start() :]


@pytest.mark.slow
def test_an_import_of_a_table_of_ones_own_prints_what_is_shown(
    settings: Settings, tmp_path: Path
) -> None:
    table = re.search(r"^(viewer,film.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert table is not None
    (tmp_path / "mine.csv").write_text(table[1])
    shown = README[README.index("$ .venv/bin/kinolenta import mine.csv") + 2 :].split("\n```")[0]
    (words,) = split(shown.splitlines()[0])

    done = subprocess.run(
        [sys.executable, "-P", "-m", "cli", *words[1:]], cwd=tmp_path, capture_output=True,
        env={**environ_of(settings), "PYTHONPATH": str(ROOT)}, text=True, timeout=60,
    )  # fmt: skip

    assert done.stdout.splitlines() == shown.splitlines()[1:]


def test_both_readmes_show_the_same_import() -> None:
    russian = (ROOT / "README.ru.md").read_text()
    shown = re.findall(r"^MovieLens: .*\n.*dry run\.$", README, re.MULTILINE)

    assert len(shown) == 1
    assert shown[0] in russian


def test_the_end_of_an_import_is_quoted() -> None:
    said = "First lists come within seconds, those of models within a minute or two."

    assert said in (ROOT / "cli" / "commands" / "importing.py").read_text()
    assert said in " ".join(README.split())


def test_the_newest_version_of_the_changelog_is_that_of_the_service() -> None:
    versions = re.findall(r"^## \[(\d+\.\d+\.\d+)\]", (ROOT / "CHANGELOG.md").read_text(), re.M)

    assert versions[0] == VERSION
    assert versions == sorted(versions, key=lambda each: [*map(int, each.split("."))], reverse=True)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    prose = re.sub(r"`[^`\n]*`", "", page.read_text())
    targets = ["".join(each) for each in LINK.findall(prose)]

    local = [each for each in targets if "://" not in each]
    assert [each for each in local if not (page.parent / each).exists()] == []


def test_every_page_of_the_docs_is_in_their_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text()

    pages = [each.name for each in ROOT.glob("docs/*.md") if each.name != "README.md"]
    assert [each for each in pages if f"({each})" not in index] == []
