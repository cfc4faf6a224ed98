"""Who may write: callers with the token, if one is set; else everybody."""

from collections.abc import Callable
from functools import wraps
from hmac import compare_digest
from typing import ParamSpec

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from recs.settings import Settings, is_this_machine

P = ParamSpec("P")


def are_open_to_strangers(host: str, token: str) -> bool:
    """Say whether other machines may write to a service at `host` without a token."""
    return not token and not is_this_machine(host)


def require_token(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Require the token of API_TOKEN, if one is set."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if current_app.config["API_TOKEN"] and not brings_token():
            raise Unauthorized(
                "Send the token: Authorization: Bearer <API_TOKEN>.",
                www_authenticate=WWWAuthenticate("bearer"),
            )
        return view(*args, **kwargs)

    return checked


def brings_token() -> bool:
    """Say whether a token is set and this request has it."""
    token = current_app.config.get("API_TOKEN")
    if not token:
        return False
    # Not request.authorization: it finds no token in `Bearer a=b`.
    scheme, _, brought = request.headers.get("Authorization", "").strip().partition(" ")
    if scheme.lower() != "bearer":
        brought = ""
    return compare_digest(brought.strip().encode(), token.strip().encode())


def register(app: Flask, settings: Settings) -> None:
    """Set the token of an app."""
    app.config["API_TOKEN"] = settings.api_token
