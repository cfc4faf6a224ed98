"""The page of one title, with an address to share."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import g, render_template, request
from werkzeug.exceptions import NotFound

from app.page.cards import make_cards
from app.page.client import Action, Entry, Refused, ServiceDown
from app.page.context import blueprint, page_context
from app.page.items import Item
from app.page.memory import Viewer
from app.page.messages import genre_name, join_names, messages, translate
from app.page.session import checked_item_id
from app.page.tabs import Rendered

SIMILAR = 12


@blueprint.get("/title")
def title() -> Rendered:
    """Show one title, and similar ones. Raises NotFound for an unknown title."""
    context, item_id = page_context(), checked_item_id(request.args.get("id"))
    told: Mapping[str, Any] = {}
    said: dict[str, Action] = {}
    near: list[Entry] = []
    viewer, down = Viewer(), False
    try:
        told = context.services.items([item_id]).get(item_id, {})
        if not told and context.titles.get(item_id) is None:
            raise NotFound
        catalogue = context.services.catalogue()
        context.titles.look(catalogue)
        said = context.services.interactions(g.user_id)
        viewer = context.memory.read(g.user_id, int(catalogue["generation"]))
        near = context.services.similar(item_id, SIMILAR) if told else []
    except Refused:
        pass  # nothing is similar to an item that was deleted meanwhile
    except ServiceDown:
        down = True
        if context.titles.get(item_id) is None:
            raise
    item = Item.told({"item_id": item_id, **told}, context.titles.get(item_id))
    (card,) = make_cards([Entry(item_id)], said, viewer)
    others = [each for each in near if each.item_id not in viewer.put_off()]
    text = render_template(
        "title.html",
        card=card,
        item=item,
        other_name=_other_name(item, card.name),
        links=links(item),
        similar=make_cards([Entry(each.item_id) for each in others], said, viewer),
        reasons={each.item_id: _reason(each) for each in others},
        down=down,
        is_listed=bool(told),
    )
    return (text, 503) if down else text


def links(item: Item) -> dict[str, str]:
    """Return links to other sites about a title: its page there, or a search for it."""
    words = f"{item.name} {item.year or ''}".strip()
    russian = f"{item.name_ru or item.name} {item.year or ''}".strip()
    trailer = f"{russian} трейлер" if g.language == "ru" else f"{words} trailer"
    found = {
        "imdb": item.imdb or f"https://www.imdb.com/find/?{urlencode({'q': words})}",
        "kinopoisk": f"https://www.kinopoisk.ru/index.php?{urlencode({'kp_query': russian})}",
        "trailer": f"https://www.youtube.com/results?{urlencode({'search_query': trailer})}",
    }
    more = {"link": item.link} if item.link and item.link != found["imdb"] else {}
    return more | found


def _other_name(item: Item, shown: str) -> str:
    """Return the name in the other language, or the whole name; empty if it is the same."""
    other = item.name if shown != item.name else item.name_ru
    return other if other != shown else ""


def _reason(near: Entry) -> str:
    """Explain why a title is similar to another."""
    genres = join_names([*map(genre_name, near.genres[:3])])
    for reason in near.reasons:
        key = f"similar.{reason}"
        if key in messages() and (genres or reason != "genres"):
            return translate(key, genres=genres)
    return ""
