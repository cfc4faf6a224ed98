"""Why a title is in the list, in words, from the recommender's reason in data."""

from collections.abc import Callable

from app.page.entries import Entry
from app.page.language import Words, genre_name, listed, say

NAMES_AT_MOST = 3


def why(entry: Entry, name_of: Callable[[str], str], words: Words) -> str:
    """Return one or two sentences. Empty where the recommender gave no reason."""
    key = f"why.{entry.source}"
    if key not in words:
        return ""
    liked = listed(words, [words["quote"].format(name=name_of(each)) for each in _few(entry)])
    genres = listed(words, [genre_name(words, each) for each in entry.genres[:NAMES_AT_MOST]])
    with_liked = f"{key}.because"
    sentence = (
        say(words, with_liked, titles=liked) if liked and with_liked in words else say(words, key)
    )
    return f"{sentence} {say(words, 'why.genres', genres=genres)}" if genres else sentence


def _few(entry: Entry) -> tuple[str, ...]:
    return entry.because[:NAMES_AT_MOST]
