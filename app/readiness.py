"""Asking the servers behind this service whether they answer."""

from collections.abc import Callable

from celery import Celery

from recs.settings import Settings
from recs.stores import connection
from recs.stores.connection import Client


def check_redis(redis: Client) -> Callable[[], str]:
    """Return a check of Redis."""
    return lambda: _tell(redis.ping)


def check_broker(celery: Celery, settings: Settings) -> Callable[[], str]:
    """Return a check of the broker: connects, once, and closes again."""
    timeout = settings.confirm_timeout_seconds
    if settings.broker_url.startswith("redis"):
        return check_redis(connection.short_timeout(settings.broker_url, timeout))

    def connect() -> None:
        # Of the transport, for connections to a broker that is gone are tried again and again.
        transport = celery.connection_for_write(
            settings.broker_url,
            connect_timeout=timeout,
            transport_options={"read_timeout": timeout, "write_timeout": timeout},
        ).transport
        transport.close_connection(transport.establish_connection())

    return lambda: _tell(connect)


def _tell(ask: Callable[[], object]) -> str:
    try:
        ask()
    except Exception as error:  # whatever goes wrong, the answer is its name
        return f"down: {type(error).__name__}"
    return "ok"
