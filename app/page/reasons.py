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
    names = [name_of(each) for each in entry.because[:NAMES_AT_MOST]]
    liked = listed(words, [say(words, "quote", name=name) for name in names])
    genres = listed(words, [genre_name(words, each) for each in entry.genres[:NAMES_AT_MOST]])
    sentence = say(words, f"{key}.because", titles=liked) if liked else say(words, key)
    return f"{sentence} {say(words, 'why.genres', genres=genres)}" if genres else sentence
