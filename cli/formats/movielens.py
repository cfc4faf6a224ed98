"""MovieLens: folders of ml-latest (CSV), of 1M and 10M (`::`), of 100k (`u.data`, `u.item`)."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from app.page.items import movielens_item
from cli.formats.records import Opinion, Read, Record, Refused, Source, Title, joined
from cli.formats.tables import cells_of, first_of, split_names
from cli.formats.values import number_of, seconds_of, without_nothing
from recs.types import Json

KIND = "film"
SCALE = 5.0
GENRES_OF_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
"""In the order of the columns of u.item; u.genre of the folder says the same."""


def in_folder(folder: Path) -> Source | None:
    """Return what is in a folder of MovieLens, or None if it is none."""
    for name, ratings, items, read in (
        ("MovieLens 100k", "u.data", "u.item", _items_of_100k),
        ("MovieLens 1M", "ratings.dat", "movies.dat", _items_of_dat),
        ("MovieLens", "ratings.csv", "movies.csv", _items_of_csv),
    ):
        opinions, titles = first_of(folder, ratings), first_of(folder, items)
        if opinions and (titles or ratings != "ratings.csv"):
            parts = [partial(read, titles)] if titles else []
            return _source(name, [*parts, partial(_opinions, opinions)])
    alone = first_of(folder, "movies.csv")
    return _source("MovieLens", [partial(_items_of_csv, alone)]) if alone else None


def _source(name: str, parts: Sequence[Read]) -> Source:
    return Source(name, lambda: joined(*(read() for read in parts)), SCALE)


def _opinions(path: Path) -> Iterator[Record]:
    """Read user, item, rating, timestamp; the first line may be a header."""
    separator = {".data": "\t", ".dat": "::"}.get(path.suffixes[0])
    for number, cells in cells_of(path, separator):
        line = (path.name, number)
        if number == 1 and cells[0].strip().lower() == "userid":
            continue
        try:
            user, item, rating, time = cells
            yield Opinion(line, user, item, number_of(rating), timestamp=seconds_of(time))
        except ValueError as error:
            yield Refused(line, _complaint(cells, 4, error))


def _items_of_csv(path: Path) -> Iterator[Record]:
    for number, cells in cells_of(path):
        if number == 1 and cells[0].strip().lower() == "movieid":
            continue
        yield _title(path, number, cells)


def _items_of_dat(path: Path) -> Iterator[Record]:
    for number, cells in cells_of(path, "::"):
        yield _title(path, number, cells)


def _items_of_100k(path: Path) -> Iterator[Record]:
    for number, cells in cells_of(path, "|", quoted=False):
        flags = cells[-len(GENRES_OF_100K) :]
        genres = [name for name, flag in zip(GENRES_OF_100K, flags, strict=False) if flag == "1"]
        if len(cells) < len(GENRES_OF_100K) + 3:
            yield Refused((path.name, number), f"{len(cells)} cells instead of 24")
        else:
            yield _title(path, number, [cells[0], cells[1], "|".join(genres)])


def _title(path: Path, number: int, cells: list[str]) -> Record:
    if len(cells) != 3:
        return Refused((path.name, number), f"{len(cells)} cells instead of 3")
    item, title, genres = cells
    return Title((path.name, number), item, told_of(item, title, genres))


def told_of(item: str, title: str, genres: str) -> Json:
    """Return what columns like MovieLens' tell: "Matrix, The (1999)" is The Matrix, of 1999."""
    found = movielens_item(item, title, "")
    return without_nothing(
        {"title": found.name, "year": found.year, "kind": KIND, "genres": split_names(genres)}
    )


def _complaint(cells: list[str], wanted: int, error: ValueError) -> str:
    return str(error) if len(cells) == wanted else f"{len(cells)} cells instead of {wanted}"
