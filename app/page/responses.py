"""Strict headers for every response of the page, and readable error pages."""

from flask import Flask, Response, jsonify, make_response, render_template, request
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    ServiceUnavailable,
)
from werkzeug.wrappers import Response as AnyResponse

from app.page.client import Refused, ServiceDown
from app.page.shrinking import shrink

PAGE_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# A drawn poster has inline styles, and may do nothing else.
POSTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
EXPLAINED = (400, 403, 404, 405, 409, 413, 429, 503)
"""Error codes that have their own text; all others have the text of 500."""


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


def error_response(error: HTTPException) -> AnyResponse | tuple[str, int]:
    """Return an error as a page, or for scripts as problem+json."""
    status = error.code or InternalServerError.code
    if request.path.startswith("/api/"):
        response = jsonify(title=error.name, status=status, detail=error.description)
        response.status_code = status
        response.mimetype = "application/problem+json"
        return response
    explained = status if status in EXPLAINED else 500
    return render_template("error.html", status=status, explained=explained), status
