"""The page with the posters. Like any other client, it uses the services over HTTP."""

from datetime import timedelta

from flask import Flask
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]

from app import health
from app.page import (  # noqa: F401 - importing them registers their views
    api,
    assets,
    cards,
    dashboard,
    forms,
    inspecting,
    responses,
    session,
    tabs,
    title,
    together,
    welcome,
)
from app.page.client import ServiceDown, Services
from app.page.context import NAME, PageContext, blueprint
from app.page.items import read_items
from app.page.loading import Loader
from app.page.memory import Memory
from app.page.pairs import Pairs
from app.page.titles import Titles
from app.readiness import OK, Probe, Readiness, State
from recs.settings import Settings

LARGEST_FORM_BYTES = 256 * 1024
SERVICES = ("collector", "recommender")


def register(app: Flask, settings: Settings) -> None:
    """Make an app the page. Starts nothing.

    The first visit starts the loading of the page's items. With API_TOKEN set, the start of the
    process does.
    """
    items = read_items(settings.catalogue_dir)
    services = Services(settings)
    loader = Loader(services, items, settings.data_dir)
    key = session.signing_key(settings.data_dir)
    if settings.api_token:
        app.extensions["after_fork"] = [loader.start_once]
    app.extensions[NAME] = PageContext(
        services=services,
        items=items,
        titles=Titles(services, items),
        loader=loader,
        memory=Memory(settings.data_dir, key),
        pairs=Pairs(),
        places={
            "recommender": f"{settings.recommender}/docs",
            "collector": f"{settings.collector}/docs",
            # As the Procfile starts it: only this machine reaches it.
            "flower": f"http://127.0.0.1:{settings.flower_port}",
        },
        requires_token=bool(settings.api_token),
    )
    app.config.update(
        SECRET_KEY=key,
        # Browsers share cookies between ports, so two instances need different names.
        SESSION_COOKIE_NAME=f"{settings.namespace}-{settings.page_port}",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(days=400),
        WTF_CSRF_TIME_LIMIT=None,  # a page may stay open for an evening
        MAX_CONTENT_LENGTH=LARGEST_FORM_BYTES,
    )
    app.session_interface = session.Sessions()
    CSRFProtect(app)
    responses.register(app)
    app.register_blueprint(blueprint)
    health.register(app, Readiness([_of_services(services)], needed="recommender"))


def _of_services(services: Services) -> Probe:
    """Ask both services whether they are ready."""
    return lambda: {name: _state(services, name) for name in SERVICES}


def _state(services: Services, name: str) -> State:
    try:
        told = services.readiness(name)
    except ServiceDown:
        return State("down: does not answer", f"start the {name} process, or mend its address")
    if told.get("status") == "ok":
        return OK
    degraded = told.get("degraded") or []
    advice = told.get("advice") or {}
    return State(
        f"{told.get('status')}: {', '.join(degraded)}",
        "; ".join(f"{each}: {advice.get(each, '')}" for each in degraded),
        is_usable=told.get("status") == "degraded",
    )
