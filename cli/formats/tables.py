"""Lines and cells of text files: encodings, separators, line numbers, gzip."""

import csv
import gzip
import json
import re
import sys
import zlib
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from cli.formats.records import Named, Refused, Unreadable

SEPARATORS = ",;\t|"
LINES_A_ROW = 1_000
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

GZIP = b"\x1f\x8b"
"""How a gzipped file begins, whatever its name."""
UTF_16 = {"\xff\xfe", "\xfe\xff"}
"""How a file begins that Excel writes as "Unicode text"."""
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
"""The line above the header that tells Excel the separator."""
NOT_ASCII = re.compile("[À-ÿ]+")
"""Neighbouring letters that are not ASCII: in Windows-1251 these are the Russian ones."""

Row = tuple[int, list[str]]
"""Number of the line, its cells."""


def text_of(path: Path) -> Iterator[str]:
    """Yield the lines of a file, unpacked if it is gzipped.

    It is read as UTF-16 or UTF-8, with or without a byte order mark, or else as Windows-1251, as
    Excel writes Russian, or as Latin-1, as old data sets are. Raises OSError, Unreadable.
    """
    try:
        with _opened(path, _encoding_of(path)) as lines:
            yield from lines
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Unreadable(f"{path.name} is damaged: {error}") from error


def cells_of(path: Path, separator: str | None = None, quoted: bool = True) -> Iterator[Row]:
    """Yield the cells of each line that has some. `separator` is guessed unless given or told."""
    lines, width = _Lines(text_of(path)), 0
    first = next(filter(str.strip, iter(lines.take, None)), "")
    if told := SEPARATOR_LINE.fullmatch(first):
        separator = told[1]
    else:
        separator = separator or _separator_of(first)
        lines.give_back([first] if first else [])
    while (line := lines.take()) is not None:
        number, cells = lines.number, line.rstrip("\r\n").split(separator)
        if quoted and '"' in line and len(separator) == 1:
            cells = _quoted_cells(line, lines, separator, width) or cells
        if cells != [""]:
            width = width or len(cells)
            yield number, cells


class _Lines:
    """The lines of a text. Lines can be given back."""

    def __init__(self, text: Iterator[str]) -> None:
        self.number = 0
        """Number of the line that was taken last."""
        self._text = text
        self._ahead: deque[str] = deque()

    def take(self) -> str | None:
        """Return the next line; None at the end."""
        line = self._ahead.popleft() if self._ahead else next(self._text, None)
        self.number += line is not None
        return line

    def give_back(self, lines: Sequence[str]) -> None:
        """Give back the lines that were taken last."""
        self._ahead.extendleft(reversed(lines))
        self.number -= len(lines)


def _quoted_cells(line: str, lines: _Lines, separator: str, width: int) -> list[str] | None:
    """Return the cells of a line that has quotation marks; None if they are plain characters.

    A cell in quotation marks may span LINES_A_ROW lines, if the row then has as many cells as the
    first row (width). A stray mark must not swallow the rows that follow.
    """
    row, cells = [line], None
    while cells is None:
        try:
            cells = next(csv.reader(row, delimiter=separator, strict=True))
        except csv.Error as error:
            is_open = "unexpected end" in str(error)
            if not (is_open and _take_up_to_mark(lines, row)):
                break
    if cells and (len(row) == 1 or _is_one_row(row, cells, separator, width)):
        return cells
    lines.give_back(row[1:])
    return None


def _is_one_row(lines: Sequence[str], cells: Sequence[str], separator: str, width: int) -> bool:
    """Say whether lines are one row with these cells, and not a row each.

    Each line of a text may have as many commas or semicolons as a row, but hardly as many tabs.
    """
    if separator == "\t" and width > 1 and all(line.count("\t") == width - 1 for line in lines):
        return False
    return width in (0, len(cells))


def _take_up_to_mark(lines: _Lines, row: list[str]) -> bool:
    """Add lines to a row until one may end its open cell; say whether one does."""
    while len(row) < LINES_A_ROW and (line := lines.take()) is not None:
        row.append(line)
        if '"' in line:
            return True
    return False


def named_cells(path: Path, quoted: bool = True) -> Iterator[Named]:
    """Yield each line under the header: column -> cell. Refuse lines of another length."""
    rows = cells_of(path, quoted=quoted)
    _, header = next(rows, (0, []))
    names = [name.strip() for name in header]
    for number, cells in rows:
        line = path.name, number
        if len(cells) == len(names):
            yield line, dict(zip(names, cells, strict=True))
        else:
            yield Refused(line, f"{len(cells)} cells instead of {len(names)}")


def json_lines(path: Path) -> Iterator[Named]:
    """Yield the object of each line that has one. Refuse other lines that are not blank."""
    for number, text in enumerate(text_of(path), 1):
        if not text.strip():
            continue
        line = path.name, number
        try:
            entry = json.loads(text)
        except ValueError as error:
            yield Refused(line, f"no line of JSON: {error}")
            continue
        yield (line, entry) if isinstance(entry, dict) else Refused(line, "no JSON object")


def header_of(path: Path) -> list[str]:
    """Return the names of the columns in the first line; none if the file is not text.

    Raises Unreadable.
    """
    try:
        _, header = next(cells_of(path), (0, []))
    except (OSError, UnicodeError):
        return []
    return [name.strip() for name in header]


def file_of(folder: Path, name: str) -> Path | None:
    """Return a file of a folder, or the same file with .gz; None if neither exists."""
    return next((each for each in (folder / name, folder / f"{name}.gz") if each.is_file()), None)


def split_names(text: str) -> list[str]:
    """Return the names in a cell, split at | or, without any, at commas or else at semicolons."""
    separator = next((each for each in "|,;" if each in text), "|")
    return [name.strip() for name in text.split(separator) if name.strip()]


def _opened(path: Path, encoding: str) -> IO[str]:
    if path.suffix == ".gz" or _begins_as_gzip(path):
        return gzip.open(path, "rt", encoding=encoding, errors="replace", newline="")
    return path.open(encoding=encoding, errors="replace", newline="")


def _begins_as_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(GZIP)) == GZIP


def _encoding_of(path: Path) -> str:
    """Return the encoding of a file. It is read whole: a letter that is not ASCII may be anywhere.

    In Latin-1, such letters stand among ASCII ones, as in "Misérables"; in Windows-1251 they make
    whole words.
    """
    with _opened(path, "latin-1") as content:
        if content.read(2) in UTF_16:
            return "utf-16"
        content.seek(0)
        if all(map(_is_utf_8, content)):
            return "utf-8-sig"
        content.seek(0)
        runs = Counter(len(run) for line in content for run in NOT_ASCII.findall(line))
    letters = sum(length * count for length, count in runs.items())
    in_words = sum(length * count for length, count in runs.items() if length > 2)
    return "cp1251" if in_words > letters / 2 else "latin-1"


def _is_utf_8(line: str) -> bool:
    """Say whether a line that was read as Latin-1 is UTF-8."""
    try:
        line.encode("latin-1").decode()
    except UnicodeDecodeError:
        return False
    return True


def _separator_of(line: str) -> str:
    """Return the most frequent separator of the first line."""
    return "::" if "::" in line else max(SEPARATORS, key=line.count)
