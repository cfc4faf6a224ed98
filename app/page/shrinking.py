"""Compression of answers, if the browser accepts it."""

import gzip

from flask import Response, request

LEAST_BYTES = 500
TYPES = (
    "text/",
    "image/svg+xml",
    *(f"application/{each}" for each in ("json", "javascript", "problem+json", "manifest+json")),
)
LEVEL = 6
EMPTY = (204, 304)


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
