"""Messages in, stores changed. The Celery app, and `stores`: this process's stores."""

from functools import cache
from typing import TYPE_CHECKING

from celery import Celery

from recs.settings import Settings
from recs.stores import Stores, connection

if TYPE_CHECKING:
    from recs.stores.vectors import Vectors

celery = Celery("kinolenta", config_source="celeryconfig")


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings.from_env()


@cache
def stores() -> Stores:
    """Open this process's stores, on first use."""
    return Stores.open(settings(), connection.patient(settings().redis_url))


@cache
def vectors() -> "Vectors":
    """Open this process's Qdrant client, on first use."""
    # Here, since it costs 1.5 s and 55 MB, and the HTTP services import this module too.
    from recs.stores.vectors import Vectors, connect

    return Vectors(connect(settings()), settings().namespace, embedded=not settings().qdrant_url)
