"""What a browser may do with our answers: load from here only, be framed by nobody."""

from flask import Flask, Response

PAGE_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
# A drawn poster has its colours in its own style, and can do nothing else.
POSTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


def guard(response: Response) -> Response:
    """Add the headers that every answer has, and forbid to keep what is one viewer's."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    headers.setdefault("Cache-Control", "no-store")
    return response


def install(app: Flask) -> None:
    """Guard all answers of an app, its errors too."""
    app.after_request(guard)
