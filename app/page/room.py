"""What the views of the page work with, put together once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from app.page.client import Services
from app.page.language import Words
from app.page.loading import Loader
from app.page.search import Search
from app.page.titles import Titles

NAME = "page"


@dataclass(frozen=True)
class Room:
    """The services, the titles and the texts."""

    services: Services
    titles: Titles
    search: Search
    loader: Loader
    translations: Mapping[str, Words]
    guarded: bool
    """The services ask for a token, so nobody may react in another viewer's name."""

    @property
    def words(self) -> Words:
        """Return the texts in the language of this request."""
        return self.translations[g.language]


def room() -> Room:
    """Return the room of the running app."""
    return cast(Room, current_app.extensions[NAME])
