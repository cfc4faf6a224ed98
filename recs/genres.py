"""Names of genres, as clients write them, made one: the only place that knows what is no genre."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

GENRES_MOST = 10_000
"""Distinct ones in a catalogue. With 40 or 1,000 of them a slate takes 0.4 to 0.5 ms, with 5,000
1.0 ms: a user's taste has a number for each."""
NOT_GENRES = {
    *("", "-", "\\n", "?", "n/a", "na", "nan", "nil", "none", "null", "undefined", "unknown"),
    *("no genre", "no genres", "no genres listed", "(no genres listed)"),
}
"""What data sets write where an item has no genre; by `key_of`."""


INVISIBLE = "\ufeff\u200b"
"""A byte order mark, as the first cell of a file may have it, and a space of no width."""


@lru_cache(4_096)
def key_of(name: str) -> str:
    """Return what all spellings of a genre have in common: neither case nor spaces matter."""
    return unicodedata.normalize("NFKC", tidied(name)).casefold()


@lru_cache(4_096)
def tidied(name: str) -> str:
    """Return a name without spaces or invisible characters around its words, one space between."""
    words = (word.strip(INVISIBLE) for word in name.split())
    return " ".join(word for word in words if word)


def genres_of(names: Iterable[Any]) -> tuple[str, ...]:
    """Return the genres of an item: tidied, each once, in order, without those that are none.

    Integers are names; None is no genre. Raises TypeError for anything else, and for one text in
    place of a list.
    """
    if isinstance(names, str | bytes):
        raise TypeError("genres must be a list of names")
    genres: dict[str, str] = {}
    for name in names:
        text = "" if name is None else _text(name)
        if (key := key_of(text)) not in NOT_GENRES:
            genres.setdefault(key, tidied(text))
    return tuple(genres.values())


def _text(name: Any) -> str:
    if isinstance(name, str):
        return name
    if isinstance(name, int) and not isinstance(name, bool):
        return str(name)
    raise TypeError("a genre must be a string or an integer")


class GenreNames:
    """Genres as they were first written; later spellings of the same genre mean that one."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._names)

    def find(self, name: str) -> str | None:
        """Return a genre as it was first written; None if nobody has written it."""
        return self._names.get(key_of(name))

    def first_written(self, genres: Sequence[str]) -> tuple[str, ...]:
        """Return genres, tidied already, as they were first written. New ones are not kept."""
        return tuple(self._names.get(key_of(name), name) for name in genres)

    def keep(self, genres: Sequence[str]) -> tuple[str, ...]:
        """Return genres as they were first written; that of a new one is now."""
        return tuple(self._names.setdefault(key_of(name), name) for name in genres)
