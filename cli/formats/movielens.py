"""MovieLens: folders of ml-latest (CSV), of 1M and 10M (`::`), of 100k (`u.data`, `u.item`)."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from app.page.items import movielens_item
from cli.formats.records import Line, Opinion, Read, Record, Refused, Source, Title, records
from cli.formats.tables import cells_of, file_of, header_of, named_cells, split_names
from cli.formats.values import number_of, seconds_of, without_nothing
from recs.types import Json

Row = tuple[Line, list[str]]

SCALE = 5.0
GENRES_OF_100K = (
    "unknown", "Action", "Adventure", "Animation", "Children", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
"""In the order of the columns of u.item, as in the folder's u.genre."""
RATED = ("userId", "movieId", "rating", "timestamp")
"""Columns of ratings.csv; some data sets have no timestamp."""
TOLD = ("movieId", "title", "genres")
"""Columns of movies.csv."""


def in_folder(folder: Path) -> Source | None:
    """Return the MovieLens data in a folder, or None if there is none."""
    for name, ratings, items, read in (
        ("MovieLens 100k", "u.data", "u.item", _items_of_100k),
        ("MovieLens 1M", "ratings.dat", "movies.dat", _items_of_dat),
    ):
        opinions, titles = file_of(folder, ratings), file_of(folder, items)
        if opinions:
            parts = [partial(read, titles)] if titles else []
            return _source(name, [*parts, partial(_opinions, opinions)])
    return _tables_in(folder)


def _tables_in(folder: Path) -> Source | None:
    """Return the tables of a folder if they have MovieLens' columns, not only its file names."""
    opinions, titles = file_of(folder, "ratings.csv"), file_of(folder, "movies.csv")
    if not titles or not _has(titles, TOLD) or (opinions and not _has(opinions, RATED[:3])):
        return None
    parts: list[Read] = [partial(_items_of_csv, titles)]
    if opinions:
        parts.append(partial(_opinions_of_csv, opinions))
    return _source("MovieLens", parts)


def _has(path: Path, columns: Sequence[str]) -> bool:
    return {name.lower() for name in columns} <= {name.lower() for name in header_of(path)}


def _source(name: str, parts: Sequence[Read]) -> Source:
    return Source(name, lambda: chain.from_iterable(read() for read in parts), SCALE)


def _opinions(path: Path) -> Iterator[Record]:
    return records(_by_place(path, "\t" if path.suffixes[0] == ".data" else "::"), _opinion)


def _opinions_of_csv(path: Path) -> Iterator[Record]:
    return records(_by_name(path, RATED), _opinion)


def _items_of_csv(path: Path) -> Iterator[Record]:
    return records(_by_name(path, TOLD), _title)


def _items_of_dat(path: Path) -> Iterator[Record]:
    return records(_by_place(path, "::"), _title)


def _items_of_100k(path: Path) -> Iterator[Record]:
    return records(_by_place(path, "|", quoted=False), _title_of_100k)


def _by_place(path: Path, separator: str, quoted: bool = True) -> Iterator[Row]:
    for number, cells in cells_of(path, separator, quoted):
        yield (path.name, number), cells


def _by_name(path: Path, columns: Sequence[str]) -> Iterator[Row | Refused]:
    """Yield the cells of these columns in this order; empty for a missing column."""
    for row in named_cells(path):
        if isinstance(row, Refused):
            yield row
        else:
            line, named = row
            cells = {name.lower(): cell for name, cell in named.items()}
            yield line, [cells.get(name.lower(), "") for name in columns]


def _opinion(line: Line, cells: list[str]) -> Iterator[Record]:
    """Read user, item, rating, timestamp."""
    if len(cells) != 4:
        raise ValueError(f"{len(cells)} cells instead of 4")
    user, item, rating, time = cells
    yield Opinion(line, user, item, number_of(rating), timestamp=seconds_of(time))


def _title_of_100k(line: Line, cells: list[str]) -> Iterator[Record]:
    if len(cells) < len(GENRES_OF_100K) + 3:
        raise ValueError(f"{len(cells)} cells instead of 24")
    flags = cells[-len(GENRES_OF_100K) :]
    genres = [name for name, flag in zip(GENRES_OF_100K, flags, strict=True) if flag == "1"]
    yield from _title(line, [cells[0], cells[1], "|".join(genres)])


def _title(line: Line, cells: list[str]) -> Iterator[Record]:
    if len(cells) != 3:
        raise ValueError(f"{len(cells)} cells instead of 3")
    item, title, genres = cells
    yield Title(line, item, told_of(item, title, genres))


def told_of(item: str, title: str, genres: str) -> Json:
    """Return the attributes of an item: the title "Matrix, The (1999)" is The Matrix of 1999."""
    found = movielens_item(item, title, "")
    return without_nothing(
        {"title": found.name, "year": found.year, "kind": "film", "genres": split_names(genres)}
    )
