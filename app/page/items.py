"""The items that the page knows by name (a MovieLens folder, or our own list), and the search."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from recs.genres import genres_of

Kind = Literal["film", "series", "unknown"]

OWN = Path(__file__).parent / "catalogue"
NOT_A_WORD = re.compile(r"\W+")
YEAR = re.compile(r"^(?P<name>.*?)\s*\((?P<year>\d{4})(?:[-–]\d{0,4})?\)\s*$")
# MovieLens files "The Matrix" as "Matrix, The", sometimes with the original title behind it.
ARTICLE = re.compile(
    r"^(?P<name>.*), (?P<article>The|A|An|Le|La|Les|L'|Il|Lo|El|Los|Las|Der|Die|Das|Un|Une)"
    r"(?P<rest> \(.*\))?$"
)


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

    def named(self, language: str) -> str:
        """Return its name in a language, or the one it has."""
        return self.name_ru if language == "ru" and self.name_ru else self.name


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
            )


def _movielens(folder: Path) -> Iterator[Item]:
    """Read movies.csv, with IMDb links, posters, and the Russian names that we know."""
    imdb_ids = _imdb_ids(folder / "links.csv")
    posters = {path.stem: path for path in (folder / "posters").glob("*.jpg")}
    russian = {
        (item.name.casefold(), item.year): item.name_ru for item in _own() if item.kind == "film"
    }
    for row in _rows(folder / "movies.csv"):
        item = movielens_item(row["movieId"], row["title"], row["genres"])
        yield replace(
            item,
            name_ru=russian.get((item.name.casefold(), item.year), ""),
            imdb_id=imdb_ids.get(item.item_id, ""),
            poster=posters.get(item.item_id),
        )


def movielens_item(item_id: str, title: str, genres: str) -> Item:
    """Make an item of MovieLens' columns: "Matrix, The (1999)" is The Matrix, of 1999."""
    dated = YEAR.match(title)
    name, year = (dated["name"], int(dated["year"])) if dated else (title, None)
    if filed := ARTICLE.match(name):
        gap = "" if filed["article"].endswith("'") else " "
        name = f"{filed['article']}{gap}{filed['name']}{filed['rest'] or ''}"
    return Item(item_id=item_id, name=name.strip(), year=year, genres=_genres(genres))


def _imdb_ids(path: Path) -> dict[str, str]:
    """Read links.csv, which in some copies has no header line. Empty without the file."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as lines:
        return {row[0]: row[1] for row in csv.reader(lines) if len(row) > 1 and row[1].isdecimal()}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def _genres(text: str) -> tuple[str, ...]:
    return genres_of(text.split("|"))


class Search:
    """All names of some items; a query compares itself with each."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._names = [
            (fold(name), item) for item in items for name in (item.name, item.name_ru) if name
        ]

    def find(self, query: str, most: int) -> list[Item]:
        """Return items whose name contains the query.

        The same name comes first, then names that begin with it, then those with such a word.
        Ties keep the order of the catalogue. Nothing for a query without a letter or digit.
        """
        wanted = fold(query)
        if not wanted:
            return []
        hits = [(rank, item) for name, item in self._names if (rank := _rank(name, wanted)) < 4]
        hits.sort(key=lambda hit: hit[0])
        return list(islice(dict.fromkeys(item for _, item in hits), most))


def fold(text: str) -> str:
    """Reduce a name to what people type: no case, no ё, no punctuation."""
    return NOT_A_WORD.sub(" ", text.casefold().replace("ё", "е")).strip()


def _rank(name: str, wanted: str) -> int:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    if f" {wanted}" in name:
        return 2
    return 3 if wanted in name else 4
