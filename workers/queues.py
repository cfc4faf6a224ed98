"""The queues of the broker, which senders and receivers must declare alike."""

from kombu import Queue

from recs.settings import Settings

SENT_AT = "sent_at"
"""Header of a message of interactions: when it was sent (s), by the clock of the collector."""
STAMPED_AT = "stamped_at"
"""Header of the same: when it was made (s), by the clock of Redis, by which users are erased."""
REQUESTS = "requests"
"""Header of the same: for each request in it, its id and how many of the rows are its own."""


def queue(settings: Settings, name: str) -> Queue:
    """Return a queue by its name, such as interactions or ranking.

    Its type is declared, so that the default of a virtual host does not matter. Celery recognizes a
    quorum queue, which refuses a prefetch for the whole channel (540), only by the arguments of the
    queue. A classic queue that was declared without a type is the same queue.
    """
    arguments = {"x-queue-type": settings.queue_type}
    return Queue(settings.queue(name), durable=True, queue_arguments=arguments)
