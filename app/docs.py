"""Describes the service: for machines at /openapi.json, for people at /docs (Swagger UI).

Swagger UI's files come from the package flask-swagger-ui, never from another site.
"""

from functools import cache
from importlib.util import find_spec
from mimetypes import guess_type
from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from app.openapi import document

blueprint = Blueprint("docs", __name__)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; "  # Swagger UI has icons in its style sheet
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
OURS = Path(__file__).parent / "docs_assets"
SWAGGER_UI = {"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"}
KEPT_SECONDS = 86_400


@blueprint.get("/openapi.json")
def openapi() -> ResponseReturnValue:
    """Answer with the OpenAPI document."""
    return jsonify(document(current_app._get_current_object()))  # type: ignore[attr-defined]


@blueprint.get("/docs")
def page() -> ResponseReturnValue:
    """Answer with a page that shows the document."""
    answer = Response((OURS / "docs.html").read_bytes(), mimetype="text/html")
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@blueprint.get("/docs/<name>")
def asset(name: str) -> ResponseReturnValue:
    """Answer with a file of this page."""
    if name != "start.js" and name not in SWAGGER_UI:
        raise NotFound
    folder = _swagger_ui() if name in SWAGGER_UI else OURS
    answer = Response((folder / name).read_bytes(), mimetype=guess_type(name)[0])
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@cache
def _swagger_ui() -> Path:
    """Return the folder of Swagger UI's files, without importing its package."""
    found = find_spec("flask_swagger_ui")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "dist"
