"""Letterboxd's export of one user: ratings.csv, watched.csv, likes/films.csv."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from cli.formats.records import Line, Opinion, Record, Source, Title, no_opinions, records, somebody
from cli.formats.tables import header_of, named_cells
from cli.formats.values import number_of, seconds_of, without_nothing, year_of

COLUMNS = {"Name", "Year", "Letterboxd URI"}
FILES = ("watched.csv", "diary.csv", "ratings.csv", "likes/films.csv")
"""What counts more comes later: watched films, then ratings, then likes."""


def in_folder(folder: Path, user: str) -> Source | None:
    """Return the export in a folder, or None if there is none."""
    there = [folder / each for each in FILES if (folder / each).is_file()]
    found = [path for path in there if set(header_of(path)) >= COLUMNS]
    return _source(found, user or _name_in(folder)) if found else None


def of_header(path: Path, header: list[str], user: str) -> Source | None:
    """Return one file of an export, or None if it is none. Raises Unreadable for the watchlist."""
    if not set(header) >= COLUMNS:
        return None
    if "watchlist" in path.name.lower():  # its columns are those of watched.csv
        raise no_opinions(path.name)
    return _source([path], user)


def _source(paths: list[Path], user: str) -> Source:
    user = somebody(user, "the Letterboxd export")

    def read() -> Iterator[Record]:
        for path in paths:
            action = "like" if path.parent.name == "likes" else None
            yield from records(named_cells(path), partial(_row, user, action))

    return Source("Letterboxd", read, 5.0, by_name=True)


def _row(user: str, action: str | None, line: Line, cells: Mapping[str, str]) -> Iterator[Record]:
    name, year = cells["Name"].strip(), year_of(cells["Year"])
    item = f"{name} ({year})" if year else name
    told = {"title": name, "year": year, "kind": "film", "link": cells["Letterboxd URI"]}
    yield Title(line, item, without_nothing(told))
    rating = cells.get("Rating", "").strip()
    yield Opinion(
        line, user, item,
        number_of(rating) if rating else None,
        action,
        seconds_of(cells.get("Watched Date") or cells.get("Date", "")),
    )  # fmt: skip


def _name_in(folder: Path) -> str:
    """Return who made the export."""
    profile = folder / "profile.csv"
    rows = named_cells(profile) if profile.is_file() else iter(())
    first = next(rows, None)
    return first[1].get("Username", "") if isinstance(first, tuple) else ""
