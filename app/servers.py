"""Asking the servers behind this service whether they answer."""

from collections.abc import Callable

from celery import Celery
from redis import Redis

from recs.settings import Settings


def check_redis(redis: Redis) -> Callable[[], str]:
    """Return a check of Redis."""
    return lambda: _tell(redis.ping)


def check_broker(celery: Celery, settings: Settings) -> Callable[[], str]:
    """Return a check of the broker: connects, and closes again."""

    def connect() -> None:
        timeout = settings.confirm_timeout_seconds
        options = {"read_timeout": timeout, "write_timeout": timeout}
        if settings.broker_url.startswith("redis"):
            options = {"socket_timeout": timeout, "socket_connect_timeout": timeout}
        with celery.connection_for_write(
            settings.broker_url, connect_timeout=timeout, transport_options=options
        ) as connection:
            connection.connect()
            if settings.broker_url.startswith("redis"):
                connection.default_channel.client.ping()

    return lambda: _tell(connect)


def _tell(ask: Callable[[], object]) -> str:
    try:
        ask()
    except Exception as error:  # whatever goes wrong, the answer is its name
        return f"down: {type(error).__name__}"
    return "ok"
