"""The titles that the page knows by name: a MovieLens folder's, else those that come along."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

Kind = Literal["film", "series", "unknown"]

SEED = Path(__file__).parent / "catalogue"
NO_GENRES = "(no genres listed)"
YEAR = re.compile(r"^(?P<name>.*?)\s*\((?P<year>\d{4})(?:[-–]\d{0,4})?\)\s*$")
# MovieLens files "The Matrix" as "Matrix, The", sometimes with the original title behind it.
ARTICLE = re.compile(
    r"^(?P<name>.*), (?P<article>The|A|An|Le|La|Les|L'|Il|Lo|El|Los|Las|Der|Die|Das|Un|Une)"
    r"(?P<rest> \(.*\))?$"
)


@dataclass(frozen=True)
class Title:
    """A film or a series by name."""

    item_id: str
    name: str
    genres: tuple[str, ...] = ()
    name_ru: str = ""
    year: int | None = None
    kind: Kind = "film"
    imdb_id: str = ""
    poster: Path | None = None

    def named(self, language: str) -> str:
        """Return its name in a language, where it has one."""
        return self.name_ru if language == "ru" and self.name_ru else self.name


Titles = Mapping[str, Title]


def read_titles(folder: str) -> Titles:
    """Read a MovieLens folder, or with an empty name the titles that come with the project.

    In the order of the files. Raises OSError, or KeyError for a file of another shape.
    """
    titles = _movielens(Path(folder)) if folder else _seed()
    return {title.item_id: title for title in titles}


def _seed() -> Iterator[Title]:
    for path in sorted(SEED.glob("*.csv")):
        for row in _rows(path):
            yield Title(
                item_id=row["id"],
                name=row["title"],
                name_ru=row["title_ru"],
                year=int(row["year"]),
                kind="series" if row["kind"] == "series" else "film",
                genres=_genres(row["genres"]),
            )


def _movielens(folder: Path) -> Iterator[Title]:
    """Read movies.csv, with IMDb links, posters, and the Russian names that we know."""
    imdb_ids = _imdb_ids(folder / "links.csv")
    posters = {path.stem: path for path in (folder / "posters").glob("*.jpg")}
    russian = {
        (title.name.casefold(), title.year): title.name_ru
        for title in _seed()
        if title.kind == "film"
    }
    for row in _rows(folder / "movies.csv"):
        title = movielens_title(row["movieId"], row["title"], row["genres"])
        yield replace(
            title,
            name_ru=russian.get((title.name.casefold(), title.year), ""),
            imdb_id=imdb_ids.get(title.item_id, ""),
            poster=posters.get(title.item_id),
        )


def movielens_title(item_id: str, text: str, genres: str) -> Title:
    """Take "Matrix, The (1999)" apart."""
    dated = YEAR.match(text)
    name, year = (dated["name"], int(dated["year"])) if dated else (text, None)
    if filed := ARTICLE.match(name):
        gap = "" if filed["article"].endswith("'") else " "
        name = f"{filed['article']}{gap}{filed['name']}{filed['rest'] or ''}"
    return Title(item_id=item_id, name=name.strip(), year=year, genres=_genres(genres))


def _imdb_ids(path: Path) -> dict[str, str]:
    """Read links.csv, which in some copies has lost its header line. None where there is none."""
    if not path.exists():
        return {}
    with path.open(newline="", encoding="utf-8") as lines:
        return {row[0]: row[1] for row in csv.reader(lines) if len(row) > 1 and row[1].isdecimal()}


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def _genres(text: str) -> tuple[str, ...]:
    return tuple(genre for genre in text.split("|") if genre and genre != NO_GENRES)
