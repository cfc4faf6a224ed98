"""REQUESTS_PER_MINUTE: a limit for each client, counted in Redis by all processes together.

Loaded only where there is a limit.
"""

from http import HTTPStatus
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from flask import Flask, Response, request
from flask_limiter import Limiter
from limits.storage import RedisStorage
from redis.commands.core import Script

from app import auth
from recs.settings import Settings
from recs.stores import connection
from recs.stores.connection import Client

WINDOW_SECONDS = 60
NETWORK_BITS = 64
"""Bits of an IPv6 address that count. A client can change the others as often as it likes."""
UNCOUNTED = {
    *("health.alive", "health.alive_at_livez", "health.ready", "metrics"),
    *("docs.asset", "page.versioned", "page.poster"),
}
"""Endpoints for monitors, and those that a browser calls many times in a visit."""


class Storage(RedisStorage):
    """Counts in Redis or a Redis Cluster. The first request connects."""

    STORAGE_SCHEME = ["kinolenta"]  # noqa: RUF012 (Limits declares it so)

    def __init__(self, uri: str, redis: Client) -> None:
        self._redis = redis
        super().__init__("redis://")

    def initialize_storage(self, _uri: str) -> None:
        """Use our client instead of the one that Limits makes, which connects at once."""
        redis: Any = self._redis
        self.storage = redis
        self.lua_sliding_window = Script(redis, self.SCRIPT_SLIDING_WINDOW)
        self.lua_acquire_sliding_window = Script(redis, self.SCRIPT_ACQUIRE_SLIDING_WINDOW)


def register(app: Flask, role: str, settings: Settings) -> None:
    """Refuse requests above the limit with 429. While Redis is away, each process counts alone."""
    redis = connection.short_timeout(settings.redis_url, settings.redis_timeout_seconds)
    limiter = Limiter(
        client,
        app=app,
        application_limits=[f"{settings.requests_per_minute} per minute"],
        strategy="sliding-window-counter",
        key_prefix=f"{settings.namespace}:{role}",
        storage_uri="kinolenta://",
        storage_options={"redis": redis},  # type: ignore[dict-item]  # what Storage takes
        in_memory_fallback_enabled=True,
    )
    limiter.request_filter(_is_uncounted)
    app.after_request(_say_when)


def _say_when(answer: Response) -> Response:
    """Name the time after a refusal. Limiter's own headers would replace that of a 503."""
    if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = str(WINDOW_SECONDS)
    return answer


def client() -> str:
    """Return the client's address; for IPv6, the network that belongs to the client."""
    text = request.remote_addr or ""
    if text.startswith("[") or text.count(":") == 1:  # with the client's port, as some proxies do
        text = text.rpartition(":")[0].strip("[]")
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return text
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((address, NETWORK_BITS), strict=False))


def _is_uncounted() -> bool:
    """Say whether this request does not count. Callers with the token, as the page, are trusted."""
    return request.endpoint in UNCOUNTED or auth.brings_token()
