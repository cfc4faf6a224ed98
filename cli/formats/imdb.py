"""IMDb: title.basics.tsv (titles only), and the ratings that a user exports."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from cli.formats.records import Line, Opinion, Record, Source, Title, records, somebody
from cli.formats.tables import named_cells, split_names
from cli.formats.values import number_of, seconds_of, without_nothing, year_of

KINDS = {
    "movie": "film",
    "tvMovie": "film",
    "video": "film",
    "short": "film",
    "tvShort": "film",
    "tvSeries": "series",
    "tvMiniSeries": "series",
}
"""Other types, such as episodes and games, are not recommended."""
OTHERS = ("episode", "game", "podcast", "music")
"""Their words in an export, where types are written in several ways: `TV Episode`, `tvEpisode`."""
BASICS = {"tconst", "titleType", "primaryTitle"}
EXPORT = {"Const", "Your Rating", "Title"}
LINK = "https://www.imdb.com/title/{}/"


def of_header(path: Path, header: list[str], user: str) -> Source | None:
    """Return a file with IMDb's columns, or None if it has others."""
    if set(header) >= BASICS:
        rows = partial(named_cells, path, quoted=False)
        return Source("IMDb title basics", lambda: records(rows(), _basics))
    if set(header) >= EXPORT:
        read = partial(_ratings, somebody(user, path.name))
        return Source("IMDb ratings", lambda: records(named_cells(path), read), 10.0)
    return None


def _basics(line: Line, cells: Mapping[str, str]) -> Iterator[Record]:
    if kind := KINDS.get(cells["titleType"]):
        told = {
            "title": cells["primaryTitle"],
            "year": year_of(cells.get("startYear", "")),
            "kind": kind,
            "genres": split_names(cells.get("genres", "").replace("\\N", "")),
            "link": LINK.format(cells["tconst"]),
        }
        yield Title(line, cells["tconst"], without_nothing(told))


def _ratings(user: str, line: Line, cells: Mapping[str, str]) -> Iterator[Record]:
    """Read a line of ratings.csv, or of a list, where the user may have not rated a title."""
    kind = cells.get("Title Type", "").lower()
    if any(word in kind for word in OTHERS):
        return
    told = {
        "title": cells["Title"],
        "year": year_of(cells.get("Year", "")),
        "kind": "series" if "series" in kind else "film",
        "genres": split_names(cells.get("Genres", "")),
        "link": LINK.format(cells["Const"]),
    }
    yield Title(line, cells["Const"], without_nothing(told))
    if rating := cells["Your Rating"].strip():
        time = seconds_of(cells.get("Date Rated", ""))
        yield Opinion(line, user, cells["Const"], number_of(rating), timestamp=time)
