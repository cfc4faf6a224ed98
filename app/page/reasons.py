"""Why a title is in a list: only what follows from evidence that can be shown."""

from collections.abc import Callable, Collection

from app.page.client import Entry
from app.page.messages import Messages, genre_name, join_names, translate

NAMES_AT_MOST = 3
"""In a sentence."""
MANY = 3
"""Likes, at least, of a title that many like."""
SENTENCES_AT_MOST = 2
UNPROVEN = {"explore", "fresh"}
"""Sources of items that are shown to find out who likes them."""


def why(
    entry: Entry,
    name_of: Callable[[str], str],
    messages: Messages,
    liked: Collection[str] | None = None,
    is_new: bool = False,
) -> str:
    """Explain a recommendation in one or two sentences; empty without evidence.

    liked: what the viewer likes now, so that nothing is named that they took back; None where that
    is not known. is_new: the title was added since the viewer's last visit.
    """
    titles = [each for each in entry.because if liked is None or each in liked]
    has_taste = liked is None or bool(liked)
    sentences = []
    if titles:
        quoted = [translate(messages, "quote", name=name_of(each)) for each in titles]
        named = join_names(messages, quoted[:NAMES_AT_MOST])
        sentences.append(translate(messages, "why.because", titles=named))
    if entry.genres and has_taste:
        names = [genre_name(messages, each) for each in entry.genres[:NAMES_AT_MOST]]
        sentences.append(translate(messages, "why.genres", genres=join_names(messages, names)))
    if is_new:
        sentences.append(translate(messages, "why.new"))
    if entry.likes >= MANY:
        sentences.append(translate(messages, "why.popular", count=entry.likes))
    if not sentences and entry.source in UNPROVEN:
        sentences.append(translate(messages, "why.explore"))
    return " ".join(sentences[:SENTENCES_AT_MOST])
