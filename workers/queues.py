"""The queues of the broker, and how to ask it for them without waiting long."""

from collections.abc import Iterable
from typing import Any

from amqp.exceptions import AMQPError
from celery import Celery
from kombu import Connection, Queue
from kombu.exceptions import ChannelError, KombuError
from redis.exceptions import RedisError

from recs.settings import Settings

BROKER_ERRORS = (AMQPError, KombuError, RedisError, OSError)
"""Of a broker that does not answer, or refuses us."""
NOT_FOUND = "404"
"""A number from RabbitMQ, a text from kombu's Redis."""

SENT_AT = "sent_at"
"""Header of a message of interactions: when it was sent (s), by the clock of the collector."""
STAMPED_AT = "stamped_at"
"""Header of the same: when it was made (s), by the clock of Redis, by which users are erased."""
REQUESTS = "requests"
"""Header of the same: for each request in it, its id and how many of the rows are its own."""


def queue(settings: Settings, name: str) -> Queue:
    """Return a queue by its name, such as interactions or ranking.

    Senders and receivers must declare it alike.
    Its type is declared, so that the default of a virtual host does not matter. Celery recognizes a
    quorum queue, which refuses a prefetch for the whole channel (540), only by the arguments of the
    queue. A classic queue that was declared without a type is the same queue.
    """
    arguments = {"x-queue-type": settings.queue_type}
    return Queue(settings.queue(name), durable=True, queue_arguments=arguments)


def short_timeout(celery: Celery, url: str, seconds: float, **options: object) -> Connection:
    """Return a connection that fails soon if the broker is gone or hangs.

    options: of kombu's transport, beside those of celeryconfig.py.
    """
    if url.startswith("redis"):
        names = ("socket_timeout", "socket_connect_timeout")
    else:
        names = ("read_timeout", "write_timeout")
    options = dict.fromkeys(names, seconds) | options
    return celery.connection_for_write(url, connect_timeout=seconds, transport_options=options)


def counts(
    celery: Celery, settings: Settings, names: Iterable[str], timeout_seconds: float
) -> dict[str, tuple[int, int]]:
    """Return how many messages and consumers each queue has; none if it is not there yet.

    Redis counts no consumers. Raises BROKER_ERRORS.
    """
    # By the transport: a kombu connection would retry while the broker is away.
    transport: Any = short_timeout(celery, settings.broker_url, timeout_seconds).transport
    broker = transport.establish_connection()
    try:
        return {name: _counts(transport, broker, settings.queue(name)) for name in names}
    finally:
        transport.close_connection(broker)


def _counts(transport: Any, broker: Any, name: str) -> tuple[int, int]:
    channel = transport.create_channel(broker)
    try:
        _, messages, consumers = channel.queue_declare(name, passive=True)
    except ChannelError as error:
        if str(error.reply_code) != NOT_FOUND:
            raise
        return 0, 0
    channel.close()
    return messages, consumers
