"""The Celery app of the workers, and the settings and stores of this process."""

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from celery import Celery

from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.types import Generation
from workers import logs, signs
from workers.queues import BROKER_ERRORS

if TYPE_CHECKING:
    from recs.stores.vectors import Vectors

celery = Celery("kinolenta", config_source="celeryconfig")
logs.throttle()

ASKED_MILLISECONDS = 1_000
"""A `rank` task that has not begun after this time may be lost: another one is sent."""


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings.from_env()


@cache
def stores() -> Stores:
    """Open this process's stores, on first use."""
    return Stores(settings(), connection.long_timeout(settings().redis_url))


@cache
def vectors() -> "Vectors":
    """Choose what finds the nearest items, Qdrant or this process itself, on first use."""
    # Not at the top: it loads numpy, and the HTTP services import this module, too.
    from recs.stores.vectors import connect

    return connect(settings())


signs.connect(celery, lambda: stores().signs)


def ask_for_ranking(stores: Stores, generation: Generation) -> None:
    """Send a `rank` task, unless one is on its way. If that fails, beat sends the next one."""
    with suppress(*BROKER_ERRORS):
        asked = Keys(stores.settings.namespace, generation).asked
        if stores.redis.set(asked, "1", nx=True, px=ASKED_MILLISECONDS):
            # By name, so that the sender need not import the ranking.
            celery.send_task("rank", expiration=5, retry=False, ignore_result=True)


def ask_for_training() -> None:
    """Send a `train` task. If that fails, beat sends the next one."""
    with suppress(*BROKER_ERRORS):
        seconds = settings().train_every_seconds
        celery.send_task("train", expiration=seconds, retry=False, ignore_result=True)
