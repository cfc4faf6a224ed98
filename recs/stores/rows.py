"""Reads lines of a segment as rows, and writes them. Damaged lines are left out."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum

from recs.errors import BadInteraction
from recs.interactions import Interaction, complaint_about_id, seconds

LogRow = list[str]


class Kind(StrEnum):
    """What a segment holds."""

    INTERACTIONS = "interactions"
    IMPRESSIONS = "impressions"


COLUMNS = {
    Kind.INTERACTIONS: ("user_id", "item_id", "action", "timestamp"),
    Kind.IMPRESSIONS: ("user_id", "rows", "timestamp"),
}
ERASED = b"#"
"""End of an erased line. A row ends with a digit of its timestamp."""
CATALOGUE_ROWS = re.compile(r"\d{1,9}( \d{1,9})*", re.ASCII)
"""Decimal rows separated by spaces, each below 2^32, so that a damaged one cannot fill memory."""


def encode(rows: Iterable[Sequence[object]]) -> bytes:
    """Write rows as lines of a file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def rows_of(kind: Kind, lines: Sequence[bytes]) -> tuple[list[LogRow], list[tuple[bytes, str]]]:
    """Return the rows, and the damaged lines with the reason for each.

    lines: without header and line ends. Erased lines (recs/stores/erasing.py) are left out. A row
    has all columns of its kind, valid ids, a known action or decimal rows, and a timestamp that
    `float` reads.
    """
    check = CHECKS[kind]
    lines = [line for line in lines if not line.endswith(ERASED)]
    rows: list[LogRow] = []
    damaged: list[tuple[bytes, str]] = []
    for line, row in zip(lines, _split(lines, len(COLUMNS[kind])), strict=True):
        try:
            check(row)
        except (BadInteraction, ValueError) as error:
            damaged.append((line, str(error) or "an empty line"))
        else:
            rows.append(row)
    return rows, damaged


def _split(lines: Sequence[bytes], n_columns: int) -> Iterator[LogRow]:
    """Yield the fields of each line. Parses all lines at once, or one by one if any is damaged."""
    try:
        texts = [line.decode() for line in lines]
        rows = list(csv.reader(texts))
    except (UnicodeDecodeError, csv.Error):
        rows = []
    # A stray quotation mark swallows the lines that follow.
    if len(rows) == len(lines) and all(len(row) == n_columns for row in rows):
        yield from rows
        return
    for line in lines:
        try:
            yield next(csv.reader([line.decode()]), [])
        except (UnicodeDecodeError, csv.Error):
            yield []


def _check_impressions(row: LogRow) -> None:
    if len(row) != len(COLUMNS[Kind.IMPRESSIONS]):
        raise BadInteraction("not a row of user_id, rows, timestamp")
    user, rows, timestamp = row
    if complaint := complaint_about_id(user):
        raise BadInteraction(complaint)
    if not CATALOGUE_ROWS.fullmatch(rows):
        raise BadInteraction("rows must be decimal numbers separated by spaces")
    seconds(timestamp)


CHECKS: dict[Kind, Callable[[LogRow], object]] = {
    Kind.INTERACTIONS: Interaction.from_row,
    Kind.IMPRESSIONS: _check_impressions,
}
"""Check of a row by kind. Each raises BadInteraction or ValueError."""
