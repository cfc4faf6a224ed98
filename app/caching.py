"""No cache may keep an answer of the two services: it soon changes, and may be of one user."""

from flask import Flask, Response


def register(app: Flask) -> None:
    """Forbid caching in every answer."""

    @app.after_request
    def forbid(answer: Response) -> Response:
        if "Cache-Control" not in answer.headers:
            answer.headers.add("Cache-Control", "no-store")
        return answer
