"""Which format a path has."""

import json
import zipfile
import zlib
from itertools import chain
from pathlib import Path

from cli.formats import columns, imdb, letterboxd, movielens, tmdb, trakt
from cli.formats.columns import Columns
from cli.formats.records import Refused, Source, Unreadable
from cli.formats.tables import header_of, text_of

TABLES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson")
NAMES_SHOWN = 200
"""Characters of a header in a message."""
KNOWN = (
    "MovieLens (ml-latest, 1M, 10M, 100k), IMDb (title.basics.tsv, ratings.csv), TMDB "
    "(movies_metadata.csv, daily exports), Letterboxd, Trakt, an export of ours, or a table with "
    "columns such as user, item, rating, timestamp, title, genres"
)


def find(path: Path, told: Columns, user: str, unpacked: Path) -> Source:
    """Return what is at a path. Raises Unreadable, OSError.

    told: columns that the caller names; with any of them the file is a table. user: whose opinions
    these are, if the file does not say. unpacked: an empty folder for the content of a .zip.
    """
    given = path
    if path.is_file() and (path.suffix == ".zip" or zipfile.is_zipfile(path)):
        _unpack(path, unpacked)
        path = unpacked
    if path.is_file():
        found = _in_file(path, told, user)
    elif not path.is_dir():
        raise Unreadable(f"{given} is neither a file nor a folder")
    elif told != Columns():
        raise Unreadable(f"{given} is a folder: columns can be named for a file")
    else:
        found = _in_folder(path, user)
    if found is None:
        raise Unreadable(f"{given} is none of these: {KNOWN}")
    return found


def _unpack(path: Path, folder: Path) -> None:
    """Unpack a .zip. Raises Unreadable if it is damaged, has a password or an unknown method."""
    try:
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise Unreadable(f"{path.name} cannot be unpacked: {error}") from error


def _in_folder(folder: Path, user: str) -> Source | None:
    """Return what is in a folder, or else what is in its only subfolder."""
    found = (
        letterboxd.in_folder(folder, user)
        or movielens.in_folder(folder)
        or trakt.in_folder(folder, user)
        or _tables_in(folder, user)
    )
    folders = [each for each in folder.iterdir() if each.is_dir() and each.name != "__MACOSX"]
    if found is None and len(folders) == 1:
        return _in_folder(folders[0], user)
    return found


def _tables_in(folder: Path, user: str) -> Source | None:
    """Return all tables of a folder together, in the order of their names."""
    paths = sorted(
        each for each in folder.iterdir() if each.name.lower().removesuffix(".gz").endswith(TABLES)
    )
    found = {each: _in_file(each, Columns(), user) for each in paths}
    sources = [each for each in found.values() if each]
    if not sources:
        return None
    left_out = [_unknown(path) for path, source in found.items() if not source and _is_table(path)]
    name = sources[0].name if len(sources) == 1 else "tables with named columns"
    scale = next((each.scale for each in sources if each.scale), None)
    by_name = all(each.by_name for each in sources)
    read_as = tuple(chain.from_iterable(each.columns for each in sources))
    return Source(
        name,
        lambda: chain(left_out, *(each.read() for each in sources)),
        scale,
        by_name,
        read_as,
    )


def _is_table(path: Path) -> bool:
    """Say whether to report a file from which nothing is read: not if it is empty or a README."""
    return path.suffix != ".txt" and path.stat().st_size > 0


def _unknown(path: Path) -> Refused:
    """Return the report that a table was not read: its first line may not be a header."""
    columns = ", ".join(header_of(path))[:NAMES_SHOWN]
    return Refused(
        (path.name, 1), f"no column of an item, so nothing of the file is read: {columns}"
    )


def _in_file(path: Path, told: Columns, user: str) -> Source | None:
    if told != Columns():
        return columns.of_file(path, told, user)
    if path.name in ("u.data", "u.item", "ratings.dat", "movies.dat"):
        return movielens.in_folder(path.parent)
    if columns.is_json(path):
        return (
            (trakt.of_file(path, user) if path.suffix == ".json" else None)
            or _of_first_line(path)
            or columns.of_file(path, told, user)
        )
    header = header_of(path)
    return (
        letterboxd.of_header(path, header, user)
        or imdb.of_header(path, header, user)
        or tmdb.of_header(path, header)
        or columns.of_file(path, told, user, _scale_of(header))
    )


def _scale_of(header: list[str]) -> float | None:
    """Return the scale of a single file of MovieLens, which may have no rating of 5."""
    return movielens.SCALE if {"userId", "movieId", "rating"} <= set(header) else None


def _of_first_line(path: Path) -> Source | None:
    try:
        entry = json.loads(next(text_of(path), ""))
    except ValueError:
        return None
    return tmdb.of_entry(path, entry) if isinstance(entry, dict) else None
