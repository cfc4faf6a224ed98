"""Errors to status codes and problem+json bodies (RFC 9457): the only place where the two meet."""

import json
import logging
from http import HTTPStatus

from flask import Flask, Response
from marshmallow import ValidationError
from redis.exceptions import RedisError
from werkzeug.exceptions import HTTPException

from recs.errors import BrokerUnavailable, StoreUnavailable

log = logging.getLogger(__name__)


def problem(status: int, detail: str, **more: object) -> Response:
    """Answer with a problem; `detail` tells the caller what to do differently."""
    body = {"title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return Response(json.dumps(body), status, mimetype="application/problem+json")


def register(app: Flask) -> None:
    """Have every error of this app answered as a problem."""

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> Response:
        answer = problem(error.code or 500, error.description or error.name)
        for name, value in error.get_headers():
            if name not in ("Content-Type", "Content-Length"):
                answer.headers[name] = value
        return answer

    @app.errorhandler(ValidationError)
    def invalid(error: ValidationError) -> Response:
        return problem(
            422, "The request is not what it must be: see `errors`.", errors=error.messages
        )

    @app.errorhandler(BrokerUnavailable)
    @app.errorhandler(StoreUnavailable)
    def unavailable(error: BrokerUnavailable | StoreUnavailable) -> Response:
        answer = problem(503, str(error))
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
        return answer

    @app.errorhandler(RedisError)
    def no_redis(error: RedisError) -> Response:
        return unavailable(StoreUnavailable("Redis", error))

    @app.errorhandler(OSError)
    def no_disk(error: OSError) -> Response:
        log.error("%s", error)
        return unavailable(StoreUnavailable("the disk", error))
