"""Sets messages that are not ours aside, with the reason; Celery would drop them."""

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any, cast

from amqp.exceptions import PreconditionFailed
from celery.exceptions import WorkerShutdown
from celery.utils.time import maybe_iso8601
from celery.worker.consumer import Consumer
from kombu import Connection
from kombu.message import Message
from redis.exceptions import RedisError

from recs.errors import SettingError
from recs.stores import Stores
from workers import stores

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
"""Between two tries to set a message aside."""


def set_aside(stores: Stores, reason: str, content: object) -> None:
    """Keep a message, or a part of one, in dead-letters.csv. Raises OSError, RedisError."""
    generation = stores.generations.on_disk() or stores.generations.current()
    stores.log.set_aside(generation, "queue", reason, content)


class CarefulConsumer(Consumer):
    """Takes only messages that carry a task of ours, and sets the others aside.

    By default, Celery acknowledges messages that it cannot decode, rejects tasks that it does not
    know, and ends with a TypeError at some others: these come again, and end the next worker.
    """

    class Blueprint(Consumer.Blueprint):  # type: ignore[misc, valid-type]
        """Without the 28 queues for delayed tasks, which Celery declares beside quorum queues."""

        default_steps = [  # noqa: RUF012  # as Celery has it
            step for step in Consumer.Blueprint.default_steps if "delayed_delivery" not in step
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loop: Callable[..., None] = reconnecting(self.loop)

    def start(self) -> None:
        """Consume until told to stop. End the process if it cannot work as it is set up."""
        try:
            stores().shared_folder.check()
            super().start()
        except SettingError as error:
            log.critical("%s", error)
            raise WorkerShutdown(os.EX_CONFIG) from None
        except PreconditionFailed as error:
            log.critical("QUEUE_TYPE must be the type that the queues have: %s", error.reply_text)
            raise WorkerShutdown(os.EX_CONFIG) from None

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Have the connections that only send reconnect: they do not notice the error themselves.

        They stay in their pool: a pool that is emptied never gives out a connection again.
        """
        super().on_connection_error_after_connected(exc)
        for each in list(cast(Any, self.app.pool)._resource.queue):
            if isinstance(each, Connection):  # the others have never been connected
                each.collect()

    def create_task_handler(self, *args: Any, **kwargs: Any) -> Callable[[Message], None]:
        """Return what receives each message."""
        take = super().create_task_handler(*args, **kwargs)

        def check_and_take(message: Message) -> None:
            if complaint := complaint_about(message):
                self._set_aside(message, complaint)
                return
            try:
                take(message)
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                self._set_aside(message, f"Celery cannot take it in: {error!r}")

        return check_and_take

    def on_unknown_task(self, body: object, message: Message, exc: Exception) -> None:
        """Set aside a task that no module of ours defines."""
        self._set_aside(message, f"no task has the name {exc}")

    def on_invalid_task(self, body: object, message: Message, exc: Exception) -> None:
        """Set aside a task whose headers make no sense."""
        self._set_aside(message, f"not a valid task: {exc}")

    def on_decode_error(self, message: Message, exc: Exception) -> None:
        """Set aside what cannot be decoded."""
        self._set_aside(message, f"cannot be decoded: {exc}")

    def _set_aside(self, message: Message, reason: str) -> None:
        """Keep a message on disk, then acknowledge it. If that fails, hold it and try again.

        It does not go back to the queue: a quorum queue drops what comes back too often.
        """
        if getattr(message.channel, "connection", None) is None:
            return  # the connection is lost: the broker delivers the message again
        try:
            set_aside(stores(), reason, (message.headers, message.content_type, message.body))
        except (OSError, RedisError) as error:
            log.error("a message is held until it can be set aside: %s", error)
            self.timer.call_after(PAUSE_SECONDS, self._set_aside, (message, reason))
        else:
            message.ack_log_error(log, cast(Any, self).connection_errors)


def reconnecting(loop: Callable[..., None]) -> Callable[..., None]:
    """Return a loop that reconnects when RabbitMQ has closed the channel.

    RabbitMQ closes a channel on which a message stays unacknowledged for too long
    (`consumer_timeout`, 30 minutes). By default, Celery would end the process.
    """

    def run(*args: Any) -> None:
        try:
            loop(*args)
        except PreconditionFailed as error:
            log.warning("RabbitMQ has closed the channel: %s", error.reply_text)
            raise ConnectionResetError(error.reply_text) from error

    return run


def complaint_about(message: Message) -> str | None:
    """Say why a message is no task of Celery's protocol 2; None if it is one."""
    headers = message.headers
    if not isinstance(headers, Mapping):
        return "not a task: no headers"
    if not all(isinstance(headers.get(name), str) for name in ("id", "task")):
        return "not a task: no id or no name in its headers"
    try:
        maybe_iso8601(headers.get("expires"))
    except (TypeError, ValueError):
        return "not a valid task: `expires` is not a time"
    if headers.get("eta") is not None:
        return "a task with an eta: this service sends none"
    try:
        content = message.payload
    except Exception as error:  # decoding fails in many ways, each a reason to set it aside
        return f"cannot be decoded: {error}"
    match content:
        case [list(), dict(), dict() | None]:
            return None
    return "not a task: its body is not (args, kwargs, embed)"
