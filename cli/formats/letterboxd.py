"""Letterboxd's export: ratings.csv, watched.csv, likes/films.csv of one user."""

from collections.abc import Iterator
from pathlib import Path

from cli.formats.records import Opinion, Record, Refused, Source, Title
from cli.formats.tables import header_of, named_cells
from cli.formats.values import number_of, seconds_of, without_nothing, year_of

COLUMNS = {"Name", "Year", "Letterboxd URI"}
FILES = ("watched.csv", "diary.csv", "ratings.csv", "likes/films.csv")
"""What says more comes later: a rating counts more than that a film was watched, a like most."""


def in_folder(folder: Path, user: str) -> Source | None:
    """Return the export in a folder, or None if there is none."""
    found = [folder / each for each in FILES if set(header_of_(folder / each)) >= COLUMNS]
    return _source(found, user or _name_in(folder)) if found else None


def of_header(path: Path, header: list[str], user: str) -> Source | None:
    """Return what one file of an export holds, or None."""
    return _source([path], user) if set(header) >= COLUMNS else None


def header_of_(path: Path) -> list[str]:
    """Return the columns of a file; none if it is not there."""
    return header_of(path, ",") if path.is_file() else []


def _source(paths: list[Path], user: str) -> Source:
    def read() -> Iterator[Record]:
        for path in paths:
            yield from _rows(path, user)

    return Source("Letterboxd", read, 5.0, by_name=True)


def _rows(path: Path, user: str) -> Iterator[Record]:
    is_liked = path.parent.name == "likes"
    for row in named_cells(path, ","):
        if isinstance(row, Refused):
            yield row
            continue
        number, cells = row
        line = (path.name, number)
        name, year = cells["Name"].strip(), year_of(cells["Year"])
        item = f"{name} ({year})" if year else name
        told = {"title": name, "year": year, "kind": "film", "link": cells["Letterboxd URI"]}
        yield Title(line, item, without_nothing(told))
        try:
            rating = cells.get("Rating", "").strip()
            yield Opinion(
                line, user, item,
                number_of(rating) if rating else None,
                "like" if is_liked else None,
                seconds_of(cells.get("Watched Date") or cells.get("Date", "")),
            )  # fmt: skip
        except ValueError as error:
            yield Refused(line, str(error))


def _name_in(folder: Path) -> str:
    """Return who exported it."""
    profile = folder / "profile.csv"
    rows = named_cells(profile, ",") if profile.is_file() else iter(())
    first = next(rows, None)
    return first[1].get("Username", "") if isinstance(first, tuple) else ""
