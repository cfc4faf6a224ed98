"""Styles, scripts and icons. Their addresses change with their content, so browsers cache them."""

import hashlib
from functools import cache
from mimetypes import guess_type
from pathlib import Path

from flask import Response
from werkzeug.exceptions import NotFound

from app.page.context import blueprint

FOLDER = Path(__file__).parent / "static"
KEPT_SECONDS = 365 * 86_400


@cache
def version() -> str:
    """Return one version for all static files, because scripts import each other by name."""
    digest = hashlib.sha256()
    for path in sorted(FOLDER.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:10]


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
