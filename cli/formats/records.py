"""What every format is read into: titles, opinions, and refused lines."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from recs.types import Json

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
    told: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a user said of an item.

    rating: None if they only watched it. action: like, dislike or watched, if the file says so.
    timestamp: seconds since 1970; None if the file does not say.
    """

    line: Line
    user: str
    item: str
    rating: float | None = None
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
Read = Callable[[], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Source:
    """A file or a folder whose format is known.

    scale: the best rating, 5 or 10; None if it follows from the ratings. by_name: whether its items
    have names for ids, and may have other ids in the catalogue.
    """

    name: str
    read: Read
    scale: float | None = None
    by_name: bool = False


class Unreadable(Exception):
    """A path without a known format. The message names the formats."""


def somebody(user: str, what: str) -> str:
    """Return the user whose opinions an export holds. Raises Unreadable if nobody is named."""
    if not user:
        raise Unreadable(f"{what} says nowhere whose opinions these are: name the user with --as")
    return user
