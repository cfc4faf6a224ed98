"""What every response of the page has: strict headers, and errors that people understand."""

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
# A drawn poster has its colours in its own style, and can do nothing else.
POSTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
EXPLAINED = (400, 403, 404, 405, 409, 413, 429, 503)
"""Error codes with a text of their own; all others have the text of 500."""


def register(app: Flask) -> None:
    """Add headers to all responses of an app, and give its errors their pages."""
    app.after_request(shrink)
    app.after_request(add_headers)
    app.register_error_handler(HTTPException, error_response)
    app.register_error_handler(Refused, lambda refused: error_response(BadRequest(refused.detail)))
    app.register_error_handler(ServiceDown, service_down)


def service_down(down: ServiceDown) -> AnyResponse:
    """Answer 503, and when to try again."""
    answer = make_response(error_response(ServiceUnavailable(str(down))))
    answer.headers["Retry-After"] = str(down.retry_after_seconds)
    return answer


def add_headers(response: Response) -> Response:
    """Allow only what the page needs, and forbid caches to keep what belongs to one user."""
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
    """Return an error as a page; for scripts, as problem+json."""
    status = error.code or InternalServerError.code
    if request.path.startswith("/api/"):
        response = jsonify(title=error.name, status=status, detail=error.description)
        response.status_code = status
        response.mimetype = "application/problem+json"
        return response
    explained = status if status in EXPLAINED else 500
    return render_template("error.html", status=status, explained=explained), status
