"""Lines and cells of text files: encodings, separators, numbers of lines, archives."""

import csv
import gzip
import sys
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from cli.formats.records import Refused, Unreadable

SAMPLE_BYTES = 64 * 1024
SEPARATORS = ",;\t|"
LINES_A_ROW = 1_000
csv.field_size_limit(min(sys.maxsize, 2**31 - 1))

UTF_16 = {"\xff\xfe", "\xfe\xff"}
"""What a file begins with that Excel writes as "Unicode text"."""

Row = tuple[int, list[str]]
"""Number of the line, its cells."""


def text_of(path: Path, encoding: str | None = None) -> Iterator[str]:
    """Yield the lines of a file, unpacked if it is a .gz.

    Without an encoding it is UTF-8, with or without a byte order mark, or else Latin-1, in which
    old sets were written. Raises OSError, Unreadable.
    """
    try:
        with _opened(path, encoding or _encoding_of(path)) as lines:
            yield from lines
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Unreadable(f"{path.name} is damaged: {error}") from error


def cells_of(
    path: Path, separator: str | None = None, encoding: str | None = None, quoted: bool = True
) -> Iterator[Row]:
    """Yield the cells of each line that has some. `separator` is guessed unless given."""
    separator = separator or _separator_of(path, encoding)
    if len(separator) > 1:
        for number, line in enumerate(text_of(path, encoding), 1):
            if stripped := line.rstrip("\r\n"):
                yield number, stripped.split(separator)
        return
    text = text_of(path, encoding)
    yield from _rows_of(text, separator) if quoted else _plain_rows_of(text, separator)


def _plain_rows_of(text: Iterator[str], separator: str) -> Iterator[Row]:
    for number, line in enumerate(text, 1):
        if stripped := line.rstrip("\r\n"):
            yield number, stripped.split(separator)


def _rows_of(text: Iterator[str], separator: str) -> Iterator[Row]:
    """Yield rows, each by the number of its first line.

    A cell in quotation marks may go over lines, LINES_A_ROW at most. A mark that does not end its
    cell, and one that makes a row of several lines have other cells than the first row, stands for
    itself: it must not swallow the rows that follow.
    """
    ahead: deque[str] = deque()
    number, width = 0, 0
    while True:
        line = ahead.popleft() if ahead else next(text, None)
        if line is None:
            return
        number += 1
        lines, cells = [line], line.rstrip("\r\n").split(separator)
        if '"' in line:
            lines, found = _quoted(line, ahead, text, separator)
            if found is not None and (len(lines) == 1 or width in (0, len(found))):
                cells = found
            else:
                ahead.extendleft(reversed(lines[1:]))
                lines = [line]
        if cells != [""]:
            width = width or len(cells)
            yield number, cells
        number += len(lines) - 1


def _quoted(
    line: str, ahead: "deque[str]", text: Iterator[str], separator: str
) -> tuple[list[str], list[str] | None]:
    """Read a row that has quotation marks; return its lines, and its cells if these are right."""
    lines = [line]
    while True:
        try:
            return lines, next(csv.reader(lines, delimiter=separator, strict=True))
        except csv.Error as error:
            if "unexpected end" not in str(error):
                return lines, None
        # It is open: only a line with another mark can end it.
        while True:
            more = ahead.popleft() if ahead else next(text, None)
            if more is None or len(lines) >= LINES_A_ROW:
                return ([*lines, more] if more is not None else lines), None
            lines.append(more)
            if '"' in more:
                break


def named_cells(
    path: Path, separator: str | None = None, quoted: bool = True
) -> Iterator[tuple[int, Mapping[str, str]] | Refused]:
    """Yield each line under a header, column -> cell. A line with other cells is refused."""
    rows = cells_of(path, separator, quoted=quoted)
    _, header = next(rows, (0, []))
    names = [name.strip() for name in header]
    for number, cells in rows:
        if len(cells) == len(names):
            yield number, dict(zip(names, cells, strict=True))
        else:
            reason = f"{len(cells)} cells instead of {len(names)}"
            yield Refused((path.name, number), reason)


def header_of(path: Path, separator: str | None = None) -> list[str]:
    """Return the names of columns in the first line; none of a file that is no text.

    Raises Unreadable.
    """
    try:
        _, header = next(cells_of(path, separator), (0, []))
    except (OSError, UnicodeError):
        return []
    return [name.strip() for name in header]


def first_of(folder: Path, *names: str) -> Path | None:
    """Return the first of these files that is there, packed or not."""
    for name in names:
        for each in (folder / name, folder / f"{name}.gz"):
            if each.is_file():
                return each
    return None


def needed(folder: Path, *names: str) -> Path:
    """Like `first_of`. Raises Unreadable."""
    if found := first_of(folder, *names):
        return found
    raise Unreadable(f"{folder} has no {' or '.join(names)}")


def split_names(text: str, separators: Sequence[str] = ("|", ",", ";")) -> list[str]:
    """Return the names in a cell, separated by the first of these that is in it."""
    found = next((each for each in separators if each in text), None)
    return [name.strip() for name in (text.split(found) if found else [text]) if name.strip()]


def _opened(path: Path, encoding: str) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, errors="replace", newline="")
    return path.open(encoding=encoding, errors="replace", newline="")


def _encoding_of(path: Path) -> str:
    """Read all of it: one letter of Latin-1 may stand anywhere."""
    with _opened(path, "latin-1") as content:
        if content.read(2) in UTF_16:
            return "utf-16"
        content.seek(0)
        for line in content:
            try:
                line.encode("latin-1").decode()
            except UnicodeDecodeError:
                return "latin-1"
    return "utf-8-sig"


def _separator_of(path: Path, encoding: str | None) -> str:
    """Return what is most often in the first line that has any."""
    for line in text_of(path, encoding):
        if "::" in line:
            return "::"
        counts = {each: line.count(each) for each in SEPARATORS}
        best = max(counts, key=lambda each: counts[each])
        return best if counts[best] else ","
    return ","
