"""Why a title is in a list: only reasons for which there is evidence."""

from collections.abc import Callable, Collection

from app.page.client import Entry
from app.page.messages import Messages, genre_name, join_names, translate

NAMES_AT_MOST = 3
"""In a sentence."""
MANY = 3
"""Least number of likes that is worth telling."""
SENTENCES_AT_MOST = 2
UNPROVEN = {"explore", "fresh"}
"""Sources of items that are shown to find out who likes them."""


def why(
    entry: Entry,
    name_of: Callable[[str], str],
    messages: Messages,
    liked: Collection[str],
    is_new: bool,
) -> str:
    """Explain a recommendation in one or two sentences; empty without evidence.

    liked: the viewer's current likes, so that withdrawn ones are not named.
    is_new: the title was added since the viewer's last visit.
    """
    titles = [each for each in entry.because if each in liked]
    sentences = []
    if titles:
        quoted = [translate(messages, "quote", name=name_of(each)) for each in titles]
        named = join_names(messages, quoted[:NAMES_AT_MOST])
        sentences.append(translate(messages, "why.because", titles=named))
    if entry.genres and liked:
        names = [genre_name(messages, each) for each in entry.genres[:NAMES_AT_MOST]]
        sentences.append(translate(messages, "why.genres", genres=join_names(messages, names)))
    if is_new:
        sentences.append(translate(messages, "why.new"))
    if entry.likes >= MANY:
        sentences.append(translate(messages, "why.popular", count=entry.likes))
    if not sentences and entry.source in UNPROVEN:
        sentences.append(translate(messages, "why.explore"))
    return " ".join(sentences[:SENTENCES_AT_MOST])
