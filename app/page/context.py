"""The page context, which all views and templates use, and their blueprint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, current_app, g, request, session, url_for

from app.page.client import Services
from app.page.items import Items
from app.page.loading import Loader
from app.page.memory import Memory
from app.page.messages import (
    LANGUAGES,
    choose_language,
    country_name,
    genre_name,
    script_messages,
    translate,
)
from app.page.pairs import Pairs
from app.page.titles import Titles

NAME = "page"
COLOUR = "#8f1f2b"
"""Of the header; theme.css has it, too."""

blueprint = Blueprint(NAME, __name__, template_folder="templates")

SAME_FOR_ALL_USERS = {
    f"{NAME}.{each}" for each in ("poster", "manifest", "service_worker", "versioned")
}
"""Endpoints whose answers belong to no user and may be cached."""


@dataclass(frozen=True)
class PageContext:
    """The services, the titles that the page can name, and its memory."""

    services: Services
    items: Items
    """Of the page's own files."""
    titles: Titles
    loader: Loader
    memory: Memory
    pairs: Pairs
    places: Mapping[str, str]
    """Other addresses for engineers: name → address."""
    requires_token: bool
    """The services need a token, so visitors may not load items or act as other users."""


def page_context() -> PageContext:
    """Return the page context of the running app."""
    return cast(PageContext, current_app.extensions[NAME])


@blueprint.app_context_processor
def template_context() -> dict[str, Any]:
    """Return what all templates use. On error pages, `identify` may not have run before."""
    if "language" not in g:
        choose_language()
    return {
        "t": translate,
        "language": g.language,
        "languages": LANGUAGES,
        "theme": session.get("theme", ""),
        "address_with": address_with,
        "theme_colour": COLOUR,
        "genre_name": genre_name,
        "country_name": country_name,
        "script_messages": script_messages(),
        "user_id": g.get("user_id", ""),
        "other_user": g.get("other_user"),
        "may_load": not page_context().requires_token,
    }


def address_with(**changed: Any) -> str:
    """Return the address of this page with some arguments changed."""
    if request.method != "GET":
        return url_for(f"{NAME}.for_you", **changed)
    arguments = {**request.args.to_dict(flat=False), **changed}
    return f"?{urlencode(arguments, doseq=True)}"
