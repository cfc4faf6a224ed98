"""Filters: which titles a list may hold. They are in the address, and remembered."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

KINDS = ("film", "series")
DECADES = tuple(range(2020, 1910, -10))
SORTS = ("popular", "latest", "year", "title")
"""Most liked first (the default); last added first; by year, newest first; by title."""
GENRES_AT_MOST = 20
LONGEST_NAME = 100
FIELDS = ("genre", "without", "kind", "country", "decade", "sort")


@dataclass(frozen=True)
class Filters:
    """The titles that a viewer wants to see. Empty: all."""

    genres: tuple[str, ...] = ()
    """At least one of these."""
    without: tuple[str, ...] = ()
    kind: str = ""
    country: str = ""
    decade: int = 0
    sort: str = ""

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Self:
        """Read filters from an address or a form. Invalid values are left out."""
        kind, decade, sort = sent.get("kind", ""), sent.get("decade", ""), sent.get("sort", "")
        return cls(
            genres=_names(sent.getlist("genre")),
            without=_names(sent.getlist("without")),
            kind=kind if kind in KINDS else "",
            country=next(iter(_names([sent.get("country", "")])), ""),
            decade=int(decade) if decade in map(str, DECADES) else 0,
            sort=sort if sort in SORTS[1:] else "",
        )

    def __bool__(self) -> bool:
        return self != Filters()

    def of_genre(self, name: str) -> "Filters":
        """Return these filters for one genre only."""
        return replace(self, genres=(name,))

    def pairs(self) -> list[tuple[str, str]]:
        """Return fields for `read`, in the same order for the same filters."""
        return [
            *(("genre", each) for each in sorted(self.genres)),
            *(("without", each) for each in sorted(self.without)),
            *([("kind", self.kind)] if self.kind else []),
            *([("country", self.country)] if self.country else []),
            *([("decade", str(self.decade))] if self.decade else []),
            *([("sort", self.sort)] if self.sort else []),
        ]

    @property
    def address(self) -> str:
        """Return these as the query part of an address."""
        return urlencode(self.pairs())

    def asked(self) -> dict[str, Any]:
        """Return these as parameters of the recommender."""
        wanted: dict[str, Any] = {
            "genre": list(self.genres),
            "without_genre": list(self.without),
            "kind": self.kind,
            "country": self.country,
            "year": f"{self.decade}-{self.decade + 9}" if self.decade else "",
        }
        return {name: value for name, value in wanted.items() if value}


def _names(sent: Iterable[str]) -> tuple[str, ...]:
    names = (each for each in sent if each.isprintable() and 0 < len(each) <= LONGEST_NAME)
    return tuple(dict.fromkeys(names))[:GENRES_AT_MOST]
