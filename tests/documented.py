"""The commands that README, CONTRIBUTING and docs/*.md tell people to type."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.servers.service import ROOT

PAGES = sorted([*ROOT.glob("README*.md"), ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")])
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:make|curl|kinolenta|(?:\.venv/bin/)?python -m) [^`\n]+)`")
PLACEHOLDERS = {"…", "...", "COMMAND"}


@dataclass(frozen=True)
class Command:
    """One command: its page, its words without variables before it, whether it is in a block."""

    page: str
    words: tuple[str, ...]
    in_block: bool

    def __str__(self) -> str:
        return f"{self.page}: {' '.join(self.words)}"

    @property
    def program(self) -> str:
        """The program, without the folder of the virtual environment."""
        return self.words[0].removeprefix(".venv/bin/")

    @property
    def name(self) -> str:
        """What it does: `make run`, `kinolenta import`, `python -m simulator`, `curl`."""
        if self.program == "python":
            return f"python -m {self.words[2]}"
        if self.program in ("make", "kinolenta"):
            return " ".join([self.program, *self.words[1:2]])
        return self.program


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return language and text of each fenced block."""
    return BLOCK.findall(page.read_text())


def commands() -> Iterator[Command]:
    """Yield the commands of all pages: in blocks of the shell, and in text between backticks."""
    for page in PAGES:
        for language, text in blocks(page):
            for line in _lines(language, text):
                for words in split(line):
                    yield Command(page.name, words, True)
        for line in INLINE.findall(BLOCK.sub("", page.read_text())):
            for words in split(line):
                yield Command(page.name, words, False)


def _lines(language: str, text: str) -> list[str]:
    lines = text.replace("\\\n", " ").splitlines()
    if language == "console":  # what was typed stands after a $, the others were printed
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
    return [line for line in lines if line.strip()] if language == "sh" else []


def split(line: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command of a line, without comments, variables and placeholders."""
    words: list[str] = []
    for word in [*shlex.split(line, comments=True), ";"]:
        if word in (";", "&&", "|", "||"):
            if words:
                yield tuple(words)
            words = []
        elif word in PLACEHOLDERS or (not words and (word == "nice" or re.match(r"\w+=", word))):
            continue
        else:
            words.append(word)
