"""Which origins' pages may call the two services: CORS."""

from flask import Flask, Response, request

from recs.settings import Settings


def register(app: Flask, settings: Settings) -> None:
    """Allow pages of the configured origins to call."""
    origins = {origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()}

    @app.after_request
    def allow_origin(answer: Response) -> Response:
        origin = request.headers.get("Origin")
        if origins:
            answer.vary.add("Origin")
        if origin in origins:
            answer.headers["Access-Control-Allow-Origin"] = origin
            answer.headers["Access-Control-Allow-Methods"] = "GET, POST, DELETE"
            answer.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
        return answer
