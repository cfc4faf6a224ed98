"""What is logged again and again, as while a server is away: one line, then one a minute."""

import logging
from socket import gaierror
from typing import Any

import amqp.exceptions
import kombu.exceptions
import redis.exceptions
from celery.beat import SchedulingError
from celery.signals import after_setup_logger, after_setup_task_logger

from recs.throttling import OnceAMinute

FOREIGN = ("celery", "kombu", "amqp", "flower", "tornado", "redis", "py.warnings")
"""Beginnings of the names of loggers that are not ours."""
AWAY = (
    *(ConnectionError, TimeoutError, gaierror),
    *(kombu.exceptions.OperationalError, kombu.exceptions.ConnectionError),
    *(amqp.exceptions.RecoverableConnectionError, amqp.exceptions.ConnectionError),
    *(redis.exceptions.ConnectionError, redis.exceptions.TimeoutError),
    SchedulingError,  # beat wraps whatever it could not send
)
NOT_NEWS = "worker_cancel_long_running_tasks_on_connection_loss"
"""Each worker explains this setting, which we have set, whenever its connection is lost."""
FLOWER = ("flower.events", "tornado.application", "kombu.mixins", "kombu.connection")
"""Flower sets up no handlers through Celery."""

ONCE_A_MINUTE = OnceAMinute(FOREIGN, AWAY)


def throttle() -> None:
    """Throttle the loggers of this process, however it will set them up. Twice is harmless."""
    after_setup_logger.connect(_throttle_handlers, dispatch_uid="throttle")
    after_setup_task_logger.connect(_throttle_handlers, dispatch_uid="throttle")
    logging.getLogger("py.warnings").addFilter(_is_news)
    if logging.lastResort is not None:  # what gunicorn's processes log with
        logging.lastResort.addFilter(ONCE_A_MINUTE)
    for name in FLOWER:
        logging.getLogger(name).addFilter(ONCE_A_MINUTE)


def _throttle_handlers(logger: logging.Logger, **_: Any) -> None:
    for handler in logger.handlers:
        handler.addFilter(ONCE_A_MINUTE)


def _is_news(record: logging.LogRecord) -> bool:
    return NOT_NEWS not in record.getMessage()
