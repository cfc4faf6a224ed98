"""Cards: what people see of an item: its name, genres, poster, and why it is recommended."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from flask import Response, g, request, send_file, url_for

from app.page.client import Action, Entry, ServiceDown
from app.page.context import blueprint, page_context
from app.page.items import Item
from app.page.messages import Messages, genre_name, join_names, translate
from app.page.posters import draw
from app.page.responses import POSTER_POLICY

SHORT_ID = 12
NAMES_AT_MOST = 3
"""In a sentence."""
GENRES_AT_MOST = 8
"""On a poster."""
CACHED_SECONDS = 3600


@dataclass(frozen=True)
class Card:
    """An item ready to be shown; `entry` is what it was made from, as JSON."""

    item: Item
    name: str
    genres: str
    poster_url: str
    why: str
    interaction: Action | None
    entry: str


def make_cards(entries: Sequence[Entry], interactions: Mapping[str, Action]) -> list[Card]:
    """Make a card of every entry, in the language of this request."""
    context = page_context()
    unknown = [entry.item_id for entry in entries if entry.item_id not in context.items]
    unknown_items = _unknown_items(unknown)
    return [
        Card(
            item=item,
            name=item.named(g.language),
            genres=", ".join(genre_name(context.messages, genre) for genre in item.genres),
            poster_url=poster_url(item),
            why=why(entry, name_of, context.messages),
            interaction=interactions.get(entry.item_id),
            entry=json.dumps(entry.fields(), ensure_ascii=False),
        )
        for entry in entries
        for item in [context.items.get(entry.item_id) or unknown_items[entry.item_id]]
    ]


def _unknown_items(item_ids: list[str]) -> dict[str, Item]:
    """Describe items that the page does not know by name: by their ids and genres."""
    try:
        genres = page_context().services.genres_of(item_ids) if item_ids else {}
    except ServiceDown:
        genres = {}
    return {
        item_id: Item(item_id, item_id, tuple(genres.get(item_id, ())), kind="unknown")
        for item_id in item_ids
    }


def name_of(item_id: str) -> str:
    """Return an item's name in the language of this request, or its id if it is not known."""
    items = page_context().items
    return items[item_id].named(g.language) if item_id in items else short(item_id)


def short(item_id: str) -> str:
    """Return an id that is short enough for a sentence."""
    return item_id if len(item_id) <= SHORT_ID else f"{item_id[:SHORT_ID]}…"


def why(entry: Entry, name_of: Callable[[str], str], messages: Messages) -> str:
    """Explain a recommendation in one or two sentences. Empty where no reason is given."""
    key = f"why.{entry.source}"
    if key not in messages:
        return ""
    names = [name_of(item_id) for item_id in entry.because[:NAMES_AT_MOST]]
    liked = join_names(messages, [translate(messages, "quote", name=name) for name in names])
    genres = join_names(
        messages, [genre_name(messages, genre) for genre in entry.genres[:NAMES_AT_MOST]]
    )
    because = (
        translate(messages, f"{key}.because", titles=liked) if liked else translate(messages, key)
    )
    return f"{because} {translate(messages, 'why.genres', genres=genres)}" if genres else because


def poster_url(item: Item) -> str:
    """Return the address of an item's poster.

    An id may hold anything, so it travels as a parameter: in a path, browsers resolve "..".
    """
    genres = "|".join(item.genres)
    return url_for("page.poster", id=item.item_id, genres=genres, language=g.language)


@blueprint.get("/poster")
def poster() -> Response:
    """Return an item's poster: from a file where there is one, else drawn."""
    item_id = request.args.get("id", "")
    item = page_context().items.get(item_id)
    if item and item.poster:
        # The path was listed at the start, so no id can lead out of its folder.
        return send_file(item.poster, max_age=CACHED_SECONDS)
    if item is None:
        genres = request.args.get("genres", "").split("|")[:GENRES_AT_MOST]
        item = Item(item_id, short(item_id), tuple(filter(None, genres)))
    drawing = Response(
        draw(item, item.named(request.args.get("language", ""))), mimetype="image/svg+xml"
    )
    drawing.headers["Content-Security-Policy"] = POSTER_POLICY
    drawing.cache_control.public = True
    drawing.cache_control.max_age = CACHED_SECONDS
    return drawing
