"""Cards: an item's poster, name and genres, and why it is recommended."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, g, request, send_file, url_for

from app.page.client import Action, Entry, Refused, ServiceDown
from app.page.context import blueprint, page_context
from app.page.items import Item
from app.page.memory import Viewer
from app.page.messages import genre_name
from app.page.names import IN_BRACKETS
from app.page.posters import draw
from app.page.reasons import why
from app.page.responses import POSTER_POLICY

SHORT_ID = 12
LONGEST_NAME = 80
"""On a poster: the time to fit a name into its field grows faster than its length."""
GENRES_AT_MOST = 8
"""On a poster."""
CACHED_SECONDS = 7 * 86_400
VERSION = 3
"""Of the drawings, in their addresses. Raise it when drawings change, because they are cached."""


@dataclass(frozen=True)
class Card:
    """An item ready to be shown."""

    item: Item
    name: str
    genres: str
    poster_url: str
    why: str
    said: Action | None
    """The viewer's interaction with it."""
    is_wanted: bool
    """It is on the viewer's watch-list."""


def make_cards(
    entries: Sequence[Entry],
    said: Mapping[str, Action],
    viewer: Viewer,
    new: Collection[str] = (),
) -> list[Card]:
    """Make a card of every entry, in the language of this request.

    said: the viewer's interactions. new: items added since their last visit.
    """
    items = items_of([entry.item_id for entry in entries])
    liked = {item_id for item_id, action in said.items() if action == "like"}
    return [
        Card(
            item=item,
            name=shown_name(item),
            genres=", ".join(map(genre_name, item.genres)),
            poster_url=poster_url(item),
            why=why(entry, name_of, liked, entry.item_id in new),
            said=said.get(entry.item_id),
            is_wanted=entry.item_id in viewer.watchlist,
        )
        for entry in entries
        for item in [items[entry.item_id]]
    ]


def items_of(item_ids: Sequence[str]) -> dict[str, Item]:
    """Return items by their ids; an item without a name is called by its id."""
    titles = page_context().titles
    found = {each: item for each in item_ids if (item := titles.get(each))}
    unknown = [each for each in item_ids if each not in found]
    try:
        told = page_context().services.items(unknown) if unknown else {}
    except (ServiceDown, Refused):
        told = {}
    return found | {each: Item.told({"item_id": each, **told.get(each, {})}) for each in unknown}


def name_of(item_id: str) -> str:
    """Return an item's name in the language of this request, or its id if it is not known."""
    item = page_context().titles.get(item_id)
    return shown_name(item) if item else short(item_id)


def shown_name(item: Item) -> str:
    """Return a name without the other names in brackets behind it."""
    name = item.named(g.language)
    return IN_BRACKETS.sub("", name).strip() or name


def short(item_id: str) -> str:
    """Return an id that is short enough for a sentence."""
    return item_id if len(item_id) <= SHORT_ID else f"{item_id[:SHORT_ID]}…"


def poster_url(item: Item) -> str:
    """Return the address of an item's poster.

    An id may hold anything, so it is a parameter: in a path, browsers resolve "..". Name and genres
    are parameters, too, if the page's own files do not have them.
    """
    own = page_context().items.get(item.item_id)
    is_own = own and (own.name, own.genres) == (item.name, item.genres)
    more: dict[str, Any] = {}
    if not is_own:
        more = {"genres": "|".join(item.genres), "name": shown_name(item)[:LONGEST_NAME]}
    return url_for("page.poster", id=item.item_id, language=g.language, v=VERSION, **more)


@blueprint.get("/poster")
def poster() -> Response:
    """Return an item's poster: from a file if there is one, otherwise drawn."""
    item_id = request.args.get("id", "")
    item = page_context().items.get(item_id)
    if item and item.poster:
        # The path comes from a listing of the folder, so no id can lead out of it.
        return send_file(item.poster, max_age=CACHED_SECONDS)
    name = request.args.get("name", "")[:LONGEST_NAME]
    if item is None or name:
        genres = request.args.get("genres", "").split("|")[:GENRES_AT_MOST]
        item = Item(item_id, name or short(item_id), tuple(filter(None, genres)), kind="unknown")
    g.language = request.args.get("language", "")
    drawing = Response(draw(item, shown_name(item)), mimetype="image/svg+xml")
    drawing.headers["Content-Security-Policy"] = POSTER_POLICY
    drawing.cache_control.public = True
    drawing.cache_control.max_age = CACHED_SECONDS
    return drawing
