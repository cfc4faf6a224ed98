"""What every format is read into: titles, opinions, and refused lines."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from recs.types import Json

Cells = TypeVar("Cells")

Line = tuple[str, int]
"""File, and line from 1 on, or number of the entry if the file has no lines."""

EXPORTED_INTERACTIONS = ("user_id", "item_id", "action", "timestamp")
EXPORTED_ITEMS = (
    *("item_id", "title", "year", "kind", "genres", "countries", "people"),
    *("description", "link", "hidden"),
)
EXPORTED = (EXPORTED_INTERACTIONS, EXPORTED_ITEMS)
"""Columns of the files that `export` writes."""


@dataclass(frozen=True, slots=True)
class Title:
    """An item. told: its genres, and the attributes in `recs.attributes.TOLD`."""

    line: Line
    item: str
    told: Json


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a user said of an item.

    rating: None if they only watched it. action: like, dislike or watched, if the file says so.
    timestamp: seconds since 1970; None if the file does not say.
    """

    line: Line
    user: str
    item: str
    rating: float | None
    action: str | None = None
    timestamp: float | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that is left out."""

    line: Line
    reason: str

    def __str__(self) -> str:
        return f"{self.line[0]}:{self.line[1]}: {self.reason}"


Record = Title | Opinion | Refused
Named = tuple[Line, Mapping[str, Any]] | Refused
"""A row with its cells by column, or the reason why it has none."""
Read = Callable[[], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Source:
    """A file or a folder whose format is known.

    scale: the best rating, 5 or 10; None if it follows from the ratings, or there are none.
    by_name: whether its items have names for ids, and may have other ids in the catalogue.
    columns: for each table whose columns were guessed or named, what they are read as.
    """

    name: str
    read: Read
    scale: float | None = None
    by_name: bool = False
    columns: tuple[str, ...] = ()


class Unreadable(Exception):
    """A path without a known format. The message names the formats."""


def records(
    rows: Iterable[tuple[Line, Cells] | Refused], read: Callable[[Line, Cells], Iterable[Record]]
) -> Iterator[Record]:
    """Yield the records of each row. `read` raises ValueError or TypeError to refuse a row."""
    for row in rows:
        if isinstance(row, Refused):
            yield row
            continue
        try:
            yield from read(*row)
        except (ValueError, TypeError) as error:
            yield Refused(row[0], str(error))


def somebody(user: str, what: str) -> str:
    """Return the user whose opinions an export holds. Raises Unreadable if nobody is named."""
    if not user:
        raise Unreadable(f"{what} says nowhere whose opinions these are: name the user with --as")
    return user


def no_opinions(what: str) -> Unreadable:
    """Return the error for a list of titles that a user wants to see."""
    return Unreadable(f"{what} is a list of titles to see: nobody has watched or rated them yet")
