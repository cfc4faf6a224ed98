"""What a person sees of a title: its face on the page."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import url_for

from app.page.client import Action
from app.page.entries import Entry
from app.page.language import Words, genre_name
from app.page.reasons import why
from app.page.titles import Title

SHORT_ID = 12


@dataclass(frozen=True)
class Card:
    """A title ready to be shown, with the entry it was made from."""

    title: Title
    name: str
    genres: str
    poster_url: str
    why: str
    interaction: Action | None
    entry: str


def make_cards(
    entries: Iterable[Entry],
    titles: Mapping[str, Title],
    language: str,
    words: Words,
    interactions: Mapping[str, Action],
) -> list[Card]:
    """Give every entry a face in a language. Every title of the entries must be among `titles`."""

    def name_of(item_id: str) -> str:
        return titles[item_id].named(language) if item_id in titles else short(item_id)

    return [
        Card(
            title=title,
            name=title.named(language),
            genres=", ".join(genre_name(words, genre) for genre in title.genres),
            poster_url=poster_url(title, language),
            why=why(entry, name_of, words),
            interaction=interactions.get(entry.item_id),
            entry=json.dumps(entry.fields(), ensure_ascii=False),
        )
        for entry in entries
        for title in [titles[entry.item_id]]
    ]


def short(item_id: str) -> str:
    """Return an id that fits into a sentence."""
    return item_id if len(item_id) <= SHORT_ID else f"{item_id[:SHORT_ID]}…"


def poster_url(title: Title, language: str) -> str:
    """Return the address of a title's picture.

    An id may hold anything, so it travels as a parameter: in a path, browsers resolve "..".
    """
    genres = "|".join(title.genres)
    return url_for("page.poster", id=title.item_id, genres=genres, language=language)
