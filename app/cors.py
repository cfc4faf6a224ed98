"""CORS: which origins' pages may read the answers of the two services, and send JSON."""

from flask import Flask, Response, request

from recs.origins import ANY

PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, PATCH, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, X-Requested-With",
    "Access-Control-Max-Age": "600",  # seconds for which a browser need not ask again
}


def register(app: Flask, origins: frozenset[str]) -> None:
    """Allow pages of these origins to call. Without origins, requests pay nothing."""
    if not origins:
        return

    @app.after_request
    def allow(answer: Response) -> Response:
        origin = request.environ.get("HTTP_ORIGIN")
        headers = answer.headers
        if ANY not in origins:
            headers.add("Vary", "Origin")
            if origin not in origins:
                return answer
        headers["Access-Control-Allow-Origin"] = ANY if ANY in origins else origin
        headers["Access-Control-Expose-Headers"] = "Retry-After"
        if request.method == "OPTIONS":
            headers.update(PREFLIGHT)
        return answer
