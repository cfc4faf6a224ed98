"""What makes the page an installable app: manifest, service worker, offline page."""

from flask import Response, jsonify, render_template, request

from app.page.assets import asset, static_file
from app.page.context import blueprint, page_context
from app.page.messages import LANGUAGES, translate

COLOUR = "#8f1f2b"
ICONS = (
    ("icon-192.png", 192, "any"),
    ("icon-512.png", 512, "any"),
    ("icon-512.png", 512, "maskable"),
)
DAY_SECONDS = 86_400


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Return the name, colours and icons of the installed app."""
    language = request.args.get("language", "")
    messages = page_context().translations[language if language in LANGUAGES else "en"]
    answer = jsonify(
        id="/",
        name=translate(messages, "site.name"),
        short_name=translate(messages, "site.name"),
        description=translate(messages, "site.title"),
        lang=language if language in LANGUAGES else "en",
        start_url="/",
        scope="/",
        display="standalone",
        theme_color=COLOUR,
        background_color="#14100f",
        icons=[
            {"src": asset(file), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for file, size, purpose in ICONS
        ],
    )
    answer.mimetype = "application/manifest+json"
    answer.cache_control.public = True
    answer.cache_control.max_age = DAY_SECONDS
    return answer


@blueprint.get("/service-worker.js")
def service_worker() -> Response:
    """Return the service worker. It controls only paths under its own, so it is at the root."""
    return static_file("service-worker.js")


@blueprint.get("/offline")
def offline() -> str:
    """Return the page that the service worker shows without a network."""
    return render_template("offline.html")
