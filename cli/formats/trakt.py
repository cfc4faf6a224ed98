"""Trakt's export of one user: JSON lists of watched, history, ratings, in files or folders."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cli.formats.records import (
    Opinion,
    Record,
    Refused,
    Source,
    Title,
    Unreadable,
    no_opinions,
    somebody,
)
from cli.formats.values import seconds_of, without_nothing

ABOUT = {"movie": "film", "show": "series"}
TIMES = ("rated_at", "watched_at", "last_watched_at", "collected_at")
NO_OPINIONS = ("watchlist", "collection", "lists", "comments", "followers", "following", "network")
"""Files about what a user wants to see or owns, and about other people."""


def in_folder(folder: Path, user: str) -> Source | None:
    """Return the export in a folder, or None if there is none."""
    paths = [
        each
        for each in sorted(folder.rglob("*.json"))
        if not any(word in each.relative_to(folder).as_posix() for word in NO_OPINIONS)
    ]
    paths = [each for each in paths if _is_trakt(each)]
    return _source(paths, user or _name_in(folder)) if paths else None


def of_file(path: Path, user: str) -> Source | None:
    """Return one file of an export, or None if it is none. Raises Unreadable for a watchlist."""
    if not _is_trakt(path):
        return None
    if "listed_at" in _entries(path)[0]:
        raise no_opinions(path.name)
    return _source([path], user)


def _source(paths: list[Path], user: str) -> Source:
    user = somebody(user, "the Trakt export")
    # Ratings last: they say more than "watched".
    paths = sorted(paths, key=lambda path: "rating" in path.as_posix())

    def read() -> Iterator[Record]:
        for path in paths:
            for number, entry in enumerate(_entries(path), 1):
                yield from _records((path.name, number), entry, user)

    return Source("Trakt", read, 10.0, by_name=True)


def _records(line: tuple[str, int], entry: Any, user: str) -> Iterator[Record]:
    """Yield a title and an opinion. A season or an episode counts as having watched the show."""
    try:
        about = next(name for name in ABOUT if isinstance(entry.get(name), Mapping))
        is_part = "episode" in entry or "season" in entry
        title, year, ids = entry[about]["title"], entry[about].get("year"), entry[about]["ids"]
        item = _item_of(ids)
        told = {"title": title, "year": year, "kind": ABOUT[about], "genres": _genres(entry[about])}
        time = next((str(entry[name]) for name in TIMES if entry.get(name)), "")
        rating = None if is_part or entry.get("rating") is None else float(entry["rating"])
        yield Title(line, item, without_nothing(told))
        yield Opinion(line, user, item, rating, timestamp=seconds_of(time))
    except StopIteration:
        yield Refused(line, "neither a movie nor a show")
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        yield Refused(line, f"no entry of Trakt: {error!r}")


def _item_of(ids: Mapping[str, Any]) -> str:
    if imdb := ids.get("imdb"):
        return str(imdb)
    if own := ids.get("slug") or ids.get("trakt"):
        return f"trakt:{own}"
    raise ValueError("no id")


def _genres(about: Mapping[str, Any]) -> list[str]:
    return [str(name).replace("-", " ").title() for name in about.get("genres") or []]


def _entries(path: Path) -> list[Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise Unreadable(f"{path.name} is not JSON: {error}") from error
    return content if isinstance(content, list) else [content]


def _is_trakt(path: Path) -> bool:
    try:
        entries = _entries(path)
    except (Unreadable, OSError):
        return False
    first = entries[0] if entries else None
    return isinstance(first, Mapping) and any(
        isinstance(first.get(name), Mapping) and "ids" in first[name] for name in ABOUT
    )


def _name_in(folder: Path) -> str:
    """Return who made the export, if one of its files says."""
    for path in folder.rglob("*.json"):
        if path.stem in ("user-profile", "profile", "user", "user-settings"):
            for entry in _entries(path):
                user = entry.get("user", entry) if isinstance(entry, Mapping) else {}
                if isinstance(user, Mapping) and user.get("username"):
                    return str(user["username"])
    return ""
