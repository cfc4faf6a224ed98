"""Every response of the page: strict headers, compression, readable error pages."""

import gzip

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    ServiceUnavailable,
)
from werkzeug.wrappers import Response as AnyResponse

from app.page.client import Refused, ServiceDown

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# A drawn poster has inline styles, and may do nothing else.
POSTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
EXPLAINED = (400, 403, 404, 405, 409, 413, 429, 503)
"""Error codes that have their own text; all others have the text of 500."""

LEAST_BYTES = 500
TYPES = (
    "text/",
    "image/svg+xml",
    *(f"application/{each}" for each in ("json", "javascript", "problem+json", "manifest+json")),
)
LEVEL = 6
EMPTY = (204, 304)


def register(app: Flask) -> None:
    """Add headers to all responses of an app, and register its error pages."""
    app.after_request(shrink)
    app.after_request(add_headers)
    app.register_error_handler(HTTPException, error_response)
    app.register_error_handler(Refused, lambda refused: error_response(BadRequest(refused.detail)))
    app.register_error_handler(ServiceDown, service_down)


def service_down(down: ServiceDown) -> AnyResponse:
    """Answer 503 with Retry-After."""
    answer = make_response(error_response(ServiceUnavailable(str(down))))
    answer.headers["Retry-After"] = str(down.retry_after_seconds)
    return answer


def add_headers(response: Response) -> Response:
    """Allow only what the page needs, and forbid caching of a user's pages."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    headers.setdefault("Cache-Control", "no-store")
    return response


def shrink(response: Response) -> Response:
    """Compress an answer of text that is not encoded yet."""
    kind = response.mimetype or ""
    if not kind.startswith(TYPES) or "Content-Encoding" in response.headers:
        return response
    if response.status_code in EMPTY:
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings["gzip"]:
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) >= LEAST_BYTES:
        response.set_data(gzip.compress(content, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        if response.get_etag()[0]:
            response.set_etag(f"{response.get_etag()[0]}-gzip")
    return response


def error_response(error: HTTPException) -> AnyResponse | tuple[str, int]:
    """Return an error as a page, or for scripts as problem+json."""
    status = error.code or InternalServerError.code
    if request.path.startswith("/api/"):
        response = jsonify(title=error.name, status=status, detail=error.description)
        response.status_code = status
        response.mimetype = "application/problem+json"
        return response
    explained = status if status in EXPLAINED else 500
    if status == BadRequest.code and request.method != "POST":
        explained = 404  # no form was sent: an address is broken
    return render_template("error.html", status=status, explained=explained), status
