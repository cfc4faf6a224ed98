"""The page context, which all views use, and their blueprint."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, current_app, g

from app.page.client import Services
from app.page.items import Items
from app.page.loading import Loader
from app.page.memory import Memory
from app.page.messages import Messages
from app.page.pairs import Pairs
from app.page.titles import Titles

NAME = "page"

blueprint = Blueprint(NAME, __name__, template_folder="templates")

SAME_FOR_ALL_USERS = {
    f"{NAME}.{each}" for each in ("poster", "manifest", "service_worker", "versioned")
}
"""Endpoints whose answers belong to no user and may be cached."""


@dataclass(frozen=True)
class PageContext:
    """The services, the titles that the page can name, its memory, and the texts."""

    services: Services
    items: Items
    """Of the page's own files."""
    titles: Titles
    loader: Loader
    memory: Memory
    pairs: Pairs
    translations: Mapping[str, Messages]
    """By language."""
    places: Mapping[str, str]
    """Other addresses for engineers: name → address."""
    requires_token: bool
    """The services need a token, so visitors may not load items or act as other users."""

    @property
    def messages(self) -> Messages:
        """Return the texts in the language of this request."""
        return self.translations[g.language]


def page_context() -> PageContext:
    """Return the page context of the running app."""
    return cast(PageContext, current_app.extensions[NAME])
