"""Turns errors into status codes and problem+json bodies (RFC 9457); only this file does."""

import json
import logging
from http import HTTPStatus
from socket import gaierror

from flask import Flask, Response
from marshmallow import ValidationError
from redis.exceptions import RedisError
from werkzeug.exceptions import HTTPException, InternalServerError

from app import ignored
from recs.errors import BrokerUnavailable, StoreUnavailable, TooManyGenres
from recs.stores.trouble import OF_DISK, OF_MACHINE, is_of_server

log = logging.getLogger(__name__)


def problem(status: int, detail: str, **more: object) -> Response:
    """Answer with a problem. `detail`: what the caller should do differently."""
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
            422,
            "The request is not what it must be: see `errors`.",
            errors=error.messages,
            **ignored.named(),
        )

    @app.errorhandler(TooManyGenres)
    def too_many(error: TooManyGenres) -> Response:
        return problem(422, "Nothing was added: see `errors`.", errors={"genres": [str(error)]})

    @app.errorhandler(BrokerUnavailable)
    @app.errorhandler(StoreUnavailable)
    def unavailable(error: BrokerUnavailable | StoreUnavailable) -> Response:
        answer = problem(503, str(error))
        answer.headers["Retry-After"] = str(error.retry_after_seconds)
        return answer

    @app.errorhandler(RedisError)
    def no_redis(error: RedisError) -> Response:
        if is_of_server(error):
            log.warning("Redis does not serve: %s", error)
            return unavailable(StoreUnavailable("Redis", error))
        return own_mistake(error)

    @app.errorhandler(OSError)
    def failed(error: OSError) -> Response:
        store = _at_fault(error)
        if store is None:
            return own_mistake(error)
        log.error("%s: %s", store, error, exc_info=error)
        return unavailable(StoreUnavailable(store, error))

    def own_mistake(error: Exception) -> Response:
        log.error("a request failed: %r", error, exc_info=error)
        return refused(InternalServerError())


def _at_fault(error: OSError) -> str | None:
    """Return what has failed, if a retry may help; None if the mistake is our own."""
    if error.errno in OF_DISK or (isinstance(error, TimeoutError) and error.filename):
        return "the disk"
    if error.errno in OF_MACHINE:
        return "this machine"
    if isinstance(error, ConnectionError | TimeoutError | gaierror):
        return "a server behind this one"
    return None
