"""How all processes log: as text or JSON, and a line that repeats only once a minute."""

import logging
from socket import gaierror
from typing import Any

import amqp.exceptions
import kombu.exceptions
import redis.exceptions
from billiard.exceptions import RestartFreqExceeded
from celery.beat import SchedulingError
from celery.signals import celeryd_after_setup, setup_logging

from recs import logs
from recs.logs import About
from recs.settings import Settings
from recs.stores.trouble import OF_DISK, OF_MACHINE, advice_on, is_of_server
from recs.throttling import OnceAMinute

FOREIGN = ("celery", "kombu", "amqp", "flower", "tornado", "redis", "py.warnings")
"""How the names of loggers begin that are not ours."""
AWAY = (
    *(ConnectionError, TimeoutError, gaierror),
    *(kombu.exceptions.OperationalError, kombu.exceptions.ConnectionError),
    *(amqp.exceptions.RecoverableConnectionError, amqp.exceptions.ConnectionError),
    *(amqp.exceptions.AccessRefused, amqp.exceptions.NotAllowed),  # a password or a virtual host
    RestartFreqExceeded,  # of a worker whose connection is closed again and again
    SchedulingError,  # beat wraps whatever it could not send
)
NOT_NEWS = "worker_cancel_long_running_tasks_on_connection_loss"
"""Celery explains this setting whenever a connection is lost, although it is set."""


def cause_of(error: BaseException) -> str | None:
    """Say why a server, the disk or the machine refuses us; None for a mistake of ours."""
    if isinstance(error, redis.exceptions.RedisError) and is_of_server(error):
        return f"Redis: {advice_on(error)}"
    if isinstance(error, AWAY) or (
        isinstance(error, OSError) and error.errno in OF_DISK | OF_MACHINE
    ):
        return str(error).partition("\n")[0]
    return None


ONCE_A_MINUTE = OnceAMinute(FOREIGN, cause_of)


def throttle() -> None:
    """Throttle the loggers of this process, however it will set them up. Twice is harmless."""
    setup_logging.connect(_set_up_celery, dispatch_uid="logs")
    celeryd_after_setup.connect(_without_banner, dispatch_uid="logs")
    logging.getLogger("py.warnings").addFilter(_is_news)
    if logging.lastResort is not None:  # what commands log with
        logging.lastResort.addFilter(ONCE_A_MINUTE)


def set_up(settings: Settings, about: About = dict) -> None:
    """Have all loggers of this process write as the settings say."""
    logs.set_up(settings.log_format, settings.log_level, [ONCE_A_MINUTE], about)


def _set_up_celery(**_: Any) -> None:
    """Take the place of what Celery sets up, and of its option -l."""
    set_up(Settings.from_env())


def _without_banner(instance: Any, **_: Any) -> None:
    """Leave out Celery's banner where lines are JSON."""
    instance.quiet = Settings.from_env().log_format == "json"


def _is_news(record: logging.LogRecord) -> bool:
    return NOT_NEWS not in record.getMessage()
