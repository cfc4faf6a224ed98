"""Why a title is in a list: only reasons for which there is evidence."""

from collections.abc import Callable, Collection

from app.page.client import Entry
from app.page.messages import genre_name, join_names, translate

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
        quoted = [translate("quote", name=name_of(each)) for each in titles]
        named = join_names(quoted[:NAMES_AT_MOST])
        sentences.append(translate("why.because", titles=named))
    if entry.genres and liked:
        names = [*map(genre_name, entry.genres[:NAMES_AT_MOST])]
        sentences.append(translate("why.genres", genres=join_names(names)))
    if is_new:
        sentences.append(translate("why.new"))
    if entry.likes >= MANY:
        sentences.append(translate("why.popular", count=entry.likes))
    if not sentences and entry.source in UNPROVEN:
        sentences.append(translate("why.explore"))
    return " ".join(sentences[:SENTENCES_AT_MOST])
