"""Any table with named columns, CSV or JSON lines. Columns are named by the caller or guessed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, Self

from cli.formats.movielens import told_of
from cli.formats.records import (
    EXPORTED,
    Line,
    Named,
    Opinion,
    Record,
    Refused,
    Source,
    Title,
    Unreadable,
    records,
)
from cli.formats.tables import header_of, json_lines, named_cells, text_of
from cli.formats.tmdb import names_in
from cli.formats.values import NOTHING, number_of, seconds_of, without_nothing, year_of

COLUMNS_SHOWN = 500
"""Characters of a message about the columns of a table."""
NOT_A_LETTER = re.compile(r"[^a-zа-я]+")
GUESSES = {
    "user": "userid user username viewerid viewer customerid customer memberid member reviewerid "
    "profileid profile accountid uid",
    "item": "itemid item movieid movie filmid film titleid showid show videoid contentid productid "
    "mediaid tconst imdbid asin id",
    "rating": "rating score stars yourrating userrating overall mark grade value",
    "action": "action event eventtype reaction interaction verb opinion liked like isliked",
    "time": "timestamp time date datetime createdat ratedat watchedat ts unixreviewtime daterated",
    "title": "title name movietitle primarytitle filmtitle itemname",
    "genres": "genres genre listedin categories category",
    "year": "year releaseyear startyear releasedate released",
    "kind": "kind type titletype mediatype",
    "countries": "countries country productioncountries",
    "people": "people cast credits director directors actors",
    "description": "description overview plot summary",
    "link": "link url uri",
    "hidden": "hidden",
}
"""Names of columns, likeliest first, in lower case and letters only."""
YES = ("true", "t", "yes", "y", "1", "1.0", "да", "истина")
NO = ("false", "f", "no", "n", "0", "0.0", "нет", "ложь")
"""As Python, PostgreSQL, pandas and a Russian Excel write them."""
ACTIONS = {
    **dict.fromkeys(("like", "liked", "love", "loved", "up", "thumbsup", "favorite", *YES), "like"),
    **dict.fromkeys(("dislike", "disliked", "down", "thumbsdown", "hate", *NO), "dislike"),
    **dict.fromkeys(
        ("watched", "watch", "view", "viewed", "seen", "play", "played", "complete", "completed"),
        "watched",
    ),
    "undo": "undo",
}
"""Words in a column of actions, in lower case and letters only."""
LITERAL = ("user", "item", "title", "genres", "countries", "people", "description", "link")
"""In our own files and in JSON, which has null, these columns are literal: `None` is a name."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Name of each column; empty if there is none, or it is to be guessed."""

    user: str = ""
    item: str = ""
    rating: str = ""
    action: str = ""
    time: str = ""
    title: str = ""
    genres: str = ""
    year: str = ""
    kind: str = ""
    countries: str = ""
    people: str = ""
    description: str = ""
    link: str = ""
    hidden: str = ""

    def guessed(self, header: list[str]) -> Self:
        """Guess the columns that are not named, by a header. Raises Unreadable.

        A column has one meaning. A named column must exist.
        """
        plain = {_plain(name): name for name in reversed(header)}
        chosen: dict[str, str] = {each.name: getattr(self, each.name) for each in fields(self)}
        for name in chosen.values():
            if name and name not in header:
                raise Unreadable(f"there is no column {name!r}; there are {', '.join(header)}")
        for name, guesses in GUESSES.items():
            taken = set(chosen.values())
            found = (plain[each] for each in guesses.split() if each in plain)
            chosen[name] = chosen[name] or next((each for each in found if each not in taken), "")
        return replace(self, **chosen)

    @property
    def tells_opinions(self) -> bool:
        """Say whether a table with these columns has opinions of users."""
        return bool(self.user or self.rating or self.action)

    def described(self, file: str, header: list[str]) -> str:
        """Say which columns of a file are read, and which are not."""
        named = {each.name: getattr(self, each.name) for each in fields(self)}
        read = [
            name if name == column else f"{name} from {column}"
            for name, column in named.items()
            if column
        ]
        others = [name for name in header if name and name not in named.values()]
        left = f"; not read: {', '.join(others)}" if others else ""
        return f"{file}: {', '.join(read)}{left}"[:COLUMNS_SHOWN]


def of_file(path: Path, told: Columns, user: str, scale: float | None = None) -> Source | None:
    """Return a table, or None if no column names the item. Raises Unreadable.

    user: whose opinions these are, if no column says.
    """
    if _is_list(path):
        raise Unreadable(
            f"{path.name} is one JSON list, and not Trakt's: tables are read as JSON lines, one "
            "object a line"
        )
    header = _names_in(path)
    if not header:
        return None
    columns = told.guessed(header)
    if not (columns.item or columns.title):
        return None
    for name in astuple(columns):
        if name and header.count(name) > 1:
            raise Unreadable(f"{path.name} has the column {name!r} more than once")
    if columns.tells_opinions and not columns.user and not user:
        raise Unreadable(
            f"{path.name} says nowhere whose opinions these are: name the user with --as, or the "
            f"column with --user. Its columns: {', '.join(header)}"
        )
    is_literal = is_json(path) or tuple(header) in EXPORTED
    return Source(
        "a table with named columns",
        lambda: records(_rows(path), partial(_row, columns, user, is_literal)),
        scale,
        by_name=not columns.item,
        columns=() if tuple(header) in EXPORTED else (columns.described(path.name, header),),
    )


def is_json(path: Path) -> bool:
    """Say whether a file holds JSON, by its name."""
    return path.name.lower().removesuffix(".gz").endswith((".jsonl", ".ndjson", ".json"))


def _row(
    columns: Columns, user: str, is_literal: bool, line: Line, cells: Mapping[str, Any]
) -> Iterator[Record]:
    def cell(name: str) -> Any:
        found = cells.get(getattr(columns, name)) if getattr(columns, name) else None
        if not isinstance(found, str):
            return "" if found is None else found
        if is_literal and name in LITERAL:
            return found
        return "" if found.strip() in NOTHING else found.strip()

    told = _told(columns, cell)
    item = str(cell("item")) or _name_of(told)
    if columns.title or columns.genres or not columns.tells_opinions:
        yield Title(line, item, told)
    if columns.tells_opinions:
        yield _opinion(line, str(cell("user")) if columns.user else user, item, cell)


def _told(columns: Columns, cell: Any) -> dict[str, Any]:
    """Return the attributes of an item in a line."""
    told = told_of("", str(cell("title")), "") if cell("title") and not columns.year else {}
    told.pop("kind", None)
    if columns.year:
        told = {"title": str(cell("title")), "year": year_of(str(cell("year")))}
    told |= {
        "genres": names_in(cell("genres") or ""),
        "kind": _kind_of(str(cell("kind"))),
        "countries": names_in(cell("countries") or ""),
        "people": names_in(cell("people") or ""),
        "description": str(cell("description")),
        "link": str(cell("link")),
    }
    if str(cell("hidden")).lower() in YES:
        told["hidden"] = True
    return without_nothing(told)


def _kind_of(text: str) -> str:
    word = _plain(text)
    if word in ("movie", "film", "tvmovie"):
        return "film"
    return "series" if word in ("series", "show", "tvshow", "tvseries", "tv") else text


def _name_of(told: Mapping[str, Any]) -> str:
    if not told.get("title"):
        raise ValueError("neither an id nor a title")
    return f"{told['title']} ({told['year']})" if told.get("year") else str(told["title"])


def _opinion(line: Line, user: str, item: str, cell: Any) -> Opinion:
    rating, action, time = cell("rating"), str(cell("action")), str(cell("time"))
    known = ACTIONS.get(_plain(action) or action) if action else None
    if action and known is None:
        raise ValueError(f"{action!r} is not like, dislike or watched")
    if str(rating) and action.casefold() in NO:  # not liked, but the rating may be a good one
        known = None
    if known:
        rating = ""
    return Opinion(
        line, user, item,
        number_of(str(rating)) if str(rating) else None,
        known,
        seconds_of(time) if time else None,
    )  # fmt: skip


def _rows(path: Path) -> Iterator[Named]:
    return json_lines(path) if is_json(path) else named_cells(path)


def _names_in(path: Path) -> list[str]:
    """Return the columns of a table; of JSON lines, those of the first thousand."""
    if not is_json(path):
        return header_of(path)
    names: dict[str, None] = {}
    for row, _ in zip(_rows(path), range(1_000), strict=False):
        if not isinstance(row, Refused):
            names.update(dict.fromkeys(row[1]))
    return list(names)


def _is_list(path: Path) -> bool:
    """Say whether a JSON file is one list, and not an object per line."""
    if not path.name.lower().removesuffix(".gz").endswith(".json"):
        return False
    return next((line for line in text_of(path) if line.strip()), "").lstrip().startswith("[")


def _plain(name: str) -> str:
    return NOT_A_LETTER.sub("", name.casefold())
