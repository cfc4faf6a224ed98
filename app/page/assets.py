"""Styles, scripts and icons, and what makes the page an installable app.

Addresses of static files change with their content, so browsers cache them.
"""

import hashlib
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from flask import Response, g, jsonify, render_template, request
from werkzeug.exceptions import NotFound

from app.page.context import COLOUR, blueprint
from app.page.messages import LANGUAGES, translate

FOLDER = Path(__file__).parent / "static"
KEPT_SECONDS = 365 * 86_400
ICONS = (
    ("icon-192.png", 192, "any"),
    ("icon-512.png", 512, "any"),
    ("icon-512.png", 512, "maskable"),
)
DAY_SECONDS = 86_400


@cache
def version() -> str:
    """Return one version for all static files, because scripts import each other by name."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:10]


@blueprint.app_template_global()
def asset(filename: str) -> str:
    """Return the address of a static file. Raises OSError if there is none."""
    (FOLDER / filename).stat()
    return f"/assets/{version()}/{filename}"


@blueprint.get("/assets/<of_version>/<filename>")
def versioned(of_version: str, filename: str) -> Response:
    """Return a static file. Raises NotFound. An old version gets the newest file, uncached."""
    answer = static_file(filename)
    if of_version == version():
        answer.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}, immutable"
    return answer


def static_file(filename: str) -> Response:
    """Return a static file that browsers check again each time. Raises NotFound."""
    if filename not in _files():
        raise NotFound
    answer = Response((FOLDER / filename).read_bytes(), mimetype=guess_type(filename)[0])
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@cache
def _files() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.iterdir())


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Return the name, colours and icons of the installed app."""
    asked = request.args.get("language", "")
    g.language = asked if asked in LANGUAGES else "en"
    answer = jsonify(
        id="/",
        name=translate("site.name"),
        short_name=translate("site.name"),
        description=translate("site.title"),
        lang=g.language,
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
