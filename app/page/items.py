"""The items of the page's own files: a MovieLens folder, or our own list."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from app.page.names import Name, names_of, with_article_first
from recs.genres import genres_of

Kind = Literal["film", "series", "unknown"]

OWN = Path(__file__).parent / "catalogue"
YEAR = re.compile(r"^(?P<name>.*?)\s*\((?P<year>\d{4})(?:[-–]\d{0,4})?\)\s*$")


@dataclass(frozen=True)
class Person:
    """A director or actor, with their name in Russian if known."""

    name: str
    name_ru: str = ""

    def named(self, language: str) -> str:
        """Return their name in a language, or the original one."""
        return self.name_ru if language == "ru" and self.name_ru else self.name


@dataclass(frozen=True)
class Item:
    """A film or a series with its names."""

    item_id: str
    name: str
    genres: tuple[str, ...] = ()
    name_ru: str = ""
    year: int | None = None
    kind: Kind = "film"
    imdb_id: str = ""
    poster: Path | None = None
    countries: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    """Directors, then actors."""
    description: str = ""
    link: str = ""
    """An address (http or https) with more about it."""

    def named(self, language: str) -> str:
        """Return its name in a language, or the original one."""
        return self.name_ru if language == "ru" and self.name_ru else self.name

    @property
    def imdb(self) -> str:
        """Return the address of its page at IMDb; empty if unknown."""
        return f"https://www.imdb.com/title/tt{self.imdb_id}/" if self.imdb_id else ""

    @classmethod
    def told(cls, fields: Mapping[str, Any], known: "Item | None" = None) -> "Item":
        """Make an item from its fields in the catalogue; missing ones are taken from `known`."""
        item_id, title, link = fields["item_id"], fields.get("title"), fields.get("link") or ""
        item = known or cls(item_id, item_id, kind="unknown")
        if title and title != item.name:
            item = replace(item, name=title, name_ru="")
        kind = fields.get("kind") or item.kind
        return replace(
            item,
            genres=tuple(fields.get("genres") or item.genres),
            year=fields.get("year") or item.year,
            kind=kind if kind in get_args(Kind) else "unknown",
            countries=tuple(fields.get("countries") or item.countries),
            people=_told_people(fields.get("people") or (), item.people),
            description=fields.get("description") or item.description,
            link=link if link.startswith(("http://", "https://")) else item.link,
        )


Items = Mapping[str, Item]
"""By item_id."""


def read_items(folder: str) -> Items:
    """Read a MovieLens folder; with an empty name, the items that come with the project.

    In the order of the files. Raises OSError, or KeyError for a file with other columns.
    """
    items = _movielens(Path(folder)) if folder else _own()
    return {item.item_id: item for item in items}


def _own() -> Iterator[Item]:
    for path in sorted(OWN.glob("*.csv")):
        for row in _rows(path):
            yield Item(
                item_id=row["id"],
                name=row["title"],
                name_ru=row["title_ru"],
                year=int(row["year"]),
                kind="series" if row["kind"] == "series" else "film",
                genres=_genres(row["genres"]),
                countries=_names(row, "country"),
                people=_people(row),
            )


def _movielens(folder: Path) -> Iterator[Item]:
    """Read movies.csv, with IMDb links, posters, and data of our own list for its titles."""
    imdb_ids = _imdb_ids(folder / "links.csv")
    posters = {path.stem: path for path in (folder / "posters").glob("*.jpg")}
    own = {(_core(item.name), item.year): item for item in _own() if item.kind == "film"}
    for row in _rows(folder / "movies.csv"):
        item = movielens_item(row["movieId"], row["title"], row["genres"])
        same = own.get((_core(item.name), item.year), item)
        yield replace(
            item,
            name_ru=same.name_ru,
            imdb_id=imdb_ids.get(item.item_id, ""),
            poster=posters.get(item.item_id),
            countries=_names(row, "country") or same.countries,
            people=_people(row) or same.people,
        )


def movielens_item(item_id: str, title: str, genres: str) -> Item:
    """Make an item from MovieLens' columns: "Matrix, The (1999)" is The Matrix of 1999."""
    dated = YEAR.match(title)
    name, year = (dated["name"], int(dated["year"])) if dated else (title, None)
    name = with_article_first(name)
    return Item(item_id=item_id, name=name.strip(), year=year, genres=_genres(genres))


def _core(name: str) -> str:
    """Reduce a name to the part that is the same in both lists."""
    return Name.of(next(names_of(name), name)).core


def _imdb_ids(path: Path) -> dict[str, str]:
    """Read links.csv, which in some copies has no header line. Empty without the file."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as lines:
        return {row[0]: row[1] for row in csv.reader(lines) if len(row) > 1 and row[1].isdecimal()}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def _people(row: Mapping[str, str]) -> tuple[Person, ...]:
    """Read directors and actors from a column "Ridley Scott/Ридли Скотт|…", if there is one."""
    return tuple(Person(*each.split("/")[:2]) for each in _names(row, "people"))


def _told_people(names: Sequence[str], known: tuple[Person, ...]) -> tuple[Person, ...]:
    """Return the catalogue's people, with Russian names of known ones; without any, the known."""
    person_of = {each.name: each for each in known}
    return tuple(person_of.get(name, Person(name)) for name in names) or known


def _names(row: Mapping[str, str], column: str) -> tuple[str, ...]:
    return tuple(filter(None, (row.get(column) or "").split("|")))


def _genres(text: str) -> tuple[str, ...]:
    return genres_of(text.split("|"))
