"""TMDB: tables such as movies_metadata.csv (genres as JSON or names), and daily exports (JSON)."""

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cli.formats.records import Line, Record, Source, Title, records
from cli.formats.tables import json_lines, named_cells, split_names
from cli.formats.values import without_nothing, year_of

LINK = "https://www.themoviedb.org/{}/{}"
TELLING = {"original_title", "vote_average", "overview", "release_date", "first_air_date", "name"}


def of_header(path: Path, header: list[str]) -> Source | None:
    """Return a file with TMDB's columns, or None if it has others."""
    if "id" in header and "genres" in header and len(TELLING & set(header)) >= 2:
        return Source("TMDB", lambda: records(named_cells(path), _row))
    return None


def of_entry(path: Path, entry: Mapping[str, Any]) -> Source | None:
    """Return TMDB's daily export if this is the first of its JSON lines, or None."""
    if "id" in entry and ("original_title" in entry or "original_name" in entry):
        return Source("TMDB", lambda: records(json_lines(path), _entry))
    return None


def _row(line: Line, cells: Mapping[str, Any]) -> Iterator[Record]:
    if not cells["id"].strip().isdecimal():  # a description that was torn over lines
        raise ValueError(f"{cells['id']!r} is not an id of TMDB")
    yield _title(line, cells)


def _entry(line: Line, entry: Mapping[str, Any]) -> Iterator[Record]:
    if "id" not in entry:
        raise ValueError("no id")
    if not entry.get("adult"):
        yield _title(line, entry)


def _title(line: Line, cells: Mapping[str, Any]) -> Title:
    item = str(cells["id"]).strip()
    is_series = bool(cells.get("first_air_date") or cells.get("original_name"))
    names = ("title", "name", "original_title", "original_name")
    told = {
        "title": next((str(cells[name]) for name in names if cells.get(name)), None),
        "year": year_of(str(cells.get("release_date") or cells.get("first_air_date") or "")),
        "kind": "series" if is_series else "film",
        "genres": names_in(cells.get("genres") or ""),
        "countries": names_in(cells.get("production_countries") or ""),
        "description": cells.get("overview"),
        "link": LINK.format("tv" if is_series else "movie", item),
    }
    return Title(line, item, without_nothing(told))


def names_in(value: Any) -> list[str]:
    """Read genres, countries, people: a list of names or of {"id", "name"}, or a text of names.

    The list may be a text in JSON or, in copies of TMDB's data made with pandas, in Python.
    """
    if isinstance(value, str):
        if value.lstrip().startswith("["):
            try:
                value = json.loads(value)
            except ValueError:
                try:
                    value = ast.literal_eval(value)
                except (ValueError, SyntaxError):
                    return []
        else:
            return split_names(value)
    names = [each.get("name") if isinstance(each, Mapping) else each for each in value]
    return [name for name in names if isinstance(name, str) and name]
