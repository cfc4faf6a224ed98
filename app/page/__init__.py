"""The page: posters, likes, and why. A client of the two services, like any other."""

from datetime import timedelta

from flask import Flask
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]

from app.page import api, engine_room, failures, forms, pictures, security, views
from app.page.blueprint import page
from app.page.client import Services
from app.page.language import read_words
from app.page.loading import Loader
from app.page.room import NAME, Room
from app.page.search import Search
from app.page.titles import read_titles
from app.page.viewer import signing_key
from recs.settings import Settings

__all__ = ["api", "engine_room", "forms", "pictures", "register", "views"]

LARGEST_FORM_BYTES = 256 * 1024


def register(app: Flask, settings: Settings) -> None:
    """Make an app the page, and begin to load its titles in the background."""
    titles = read_titles(settings.catalogue_dir)
    services = Services.at(settings)
    room = Room(
        services=services,
        titles=titles,
        search=Search(titles.values()),
        loader=Loader(services, titles, settings.data_dir),
        translations=read_words(),
        guarded=bool(settings.api_token),
    )
    app.extensions[NAME] = room
    app.config.update(
        SECRET_KEY=signing_key(settings.data_dir),
        # Browsers share cookies between ports: two instances must not take each other's.
        SESSION_COOKIE_NAME=f"{settings.namespace}-{settings.page_port}",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=400),
        WTF_CSRF_TIME_LIMIT=None,  # a page may stay open for an evening
        MAX_CONTENT_LENGTH=LARGEST_FORM_BYTES,
    )
    CSRFProtect(app)
    security.install(app)
    failures.install(app)
    app.register_blueprint(page)
    room.loader.start()
