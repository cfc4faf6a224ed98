"""Messages in, stores changed. The Celery app, and `stores`: this process's stores."""

from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING

from celery import Celery
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.stores.signs import Signs
from recs.types import Generation
from workers import logs, signs

if TYPE_CHECKING:
    from recs.stores.vectors import Vectors

celery = Celery("kinolenta", config_source="celeryconfig")
logs.throttle()

ASKED_MILLISECONDS = 1_000
"""A `rank` task that has not begun by then may be lost: ask again."""


@cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings.from_env()


@cache
def stores() -> Stores:
    """Open this process's stores, on first use."""
    return Stores.open(settings(), connection.long_timeout(settings().redis_url))


@cache
def vectors() -> "Vectors":
    """Choose where this process looks for items near others, on first use."""
    from recs.stores.vectors import connect  # the HTTP services import this module, too

    return connect(settings())


signs.connect(celery, lambda: Signs(stores().redis, settings().namespace))


def ask_for_ranking(stores: Stores, generation: Generation) -> None:
    """Send a `rank` task, unless one is on its way. If that fails, the clock will send one."""
    with suppress(RedisError, OperationalError):
        asked = Keys(stores.settings.namespace, generation).asked
        if stores.redis.set(asked, "1", nx=True, px=ASKED_MILLISECONDS):
            # By its name: whoever asks needs not load what ranks.
            celery.send_task("rank", expiration=5, retry=False, ignore_result=True)


def ask_for_training() -> None:
    """Send a `train` task. If that fails, the clock will send one."""
    with suppress(OperationalError):
        seconds = settings().train_every_seconds
        celery.send_task("train", expiration=seconds, retry=False, ignore_result=True)
