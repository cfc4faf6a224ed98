"""Search by title, in every language that a title has."""

import re
from collections.abc import Iterable
from itertools import islice

from app.page.titles import Title

NOT_A_WORD = re.compile(r"\W+")


class Search:
    """An index of titles, small enough to be walked through."""

    def __init__(self, titles: Iterable[Title]) -> None:
        self._names = [
            (fold(name), title) for title in titles for name in (title.name, title.name_ru) if name
        ]

    def find(self, query: str, most: int) -> list[Title]:
        """Return titles that contain the query: the same name first, then beginnings, then words.

        Ties keep the order of the catalogue. Nothing for a query without a letter or digit.
        """
        wanted = fold(query)
        if not wanted:
            return []
        hits = [(rank, title) for name, title in self._names if (rank := _rank(name, wanted)) < 4]
        hits.sort(key=lambda hit: hit[0])
        return list(islice(dict.fromkeys(title for _, title in hits), most))


def fold(text: str) -> str:
    """Reduce a name to what people type: no case, no ё, no punctuation."""
    return NOT_A_WORD.sub(" ", text.casefold().replace("ё", "е")).strip()


def _rank(name: str, wanted: str) -> int:
    if name == wanted:
        return 0
    if name.startswith(wanted):
        return 1
    if f" {wanted}" in name:
        return 2
    return 3 if wanted in name else 4
