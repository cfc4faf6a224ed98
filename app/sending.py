"""Sends messages of interactions over one connection, and waits until the broker confirms each."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import inf
from time import monotonic, time
from typing import Any

from celery import Celery
from kombu import Connection, Producer

from app.confirming import Confirmations, refuse_blocked
from app.prepared import PreparedTask
from recs.errors import BrokerUnavailable
from recs.interactions import Interaction
from recs.settings import Settings
from recs.types import Generation
from workers.queues import SENT_AT, queue, short_timeout

AT_ONCE_SECONDS = 0.2
"""A failure within this time is tried again. A broker that hangs takes longer to fail."""
Headers = Mapping[str, Any]
"""A message's headers: when it was made, and the id and number of interactions of each request."""


class Sender:
    """The connection of one process. One thread at a time may send."""

    def __init__(self, celery: Celery, settings: Settings) -> None:
        self._celery = celery
        self._settings = settings
        self._destination = queue(settings, "interactions")
        self._connection: Connection | None = None
        self._producer: Producer | None = None
        self._confirmations: Confirmations | None = None
        self._prepared: PreparedTask | None = None

    @property
    def heard_at(self) -> float:
        """Return when the broker last sent something (monotonic). Any thread may ask."""
        confirmations = self._confirmations
        return -inf if confirmations is None else confirmations.heard_at

    def send(
        self, interactions: Sequence[Interaction], generation: Generation, headers: Headers
    ) -> None:
        """Send; if the connection turns out at once to be broken, send again over a new one.

        Each process has a broken connection after a restart of the broker.
        """
        begun, was_connected = monotonic(), self._producer is not None
        try:
            self._send(interactions, generation, headers)
        except BrokerUnavailable:
            raise  # the broker itself has refused
        except Exception:
            if not was_connected or monotonic() - begun > AT_ONCE_SECONDS:
                raise
            self.disconnect()
            self._send(interactions, generation, headers)

    def connect(self) -> Producer:
        """Return what sends; connect if there is no connection. Raises what connecting raises."""
        if self._producer is None:
            self.disconnect()  # drop what a failed attempt has left
            # As shipped, a connection is tried again after 2, 4, 6 … seconds.
            self._connection = short_timeout(
                self._celery,
                self._settings.broker_url,
                self._settings.confirm_timeout_seconds,
                max_retries=0,
                on_blocked=refuse_blocked,
            )
            producer = self._celery.amqp.Producer(self._connection, auto_declare=False)
            if not self._settings.broker_url.startswith("redis"):  # Redis has no confirmations
                silence = self._settings.confirm_timeout_seconds
                self._confirmations = Confirmations(producer.channel, silence)
                self._prepared = PreparedTask(self._celery, self._destination.name)
            # Not waited for: the first confirmation waits for the queue anyway.
            self._destination.bind(producer.channel).declare(nowait=True)  # type: ignore[arg-type]
            self._producer = producer
        return self._producer

    def disconnect(self) -> None:
        """Close the connection; the next message opens a new one."""
        if self._connection is not None:
            with suppress(Exception):  # closing a broken connection may fail in any way
                self._connection.collect()
        self._connection = self._producer = self._confirmations = None

    def _send(
        self, interactions: Sequence[Interaction], generation: Generation, headers: Headers
    ) -> None:
        """Publish one message (generation, rows) and wait for the confirmation."""
        producer = self.connect()
        args = (generation, [each.to_row() for each in interactions])
        headers = {SENT_AT: time(), **headers}
        if self._confirmations is not None and self._prepared is not None:
            self._prepared.send(producer.channel, args, headers)
            self._confirmations.wait()
            return
        # To Redis, in trial mode.
        self._celery.send_task(
            "ingest",
            args=args,
            producer=producer,
            # The queue itself: a name would be looked up in this process's configuration.
            queue=self._destination,  # type: ignore[arg-type]  # celery-types knows only names
            declare=(),  # see `connect`
            retry=False,
            ignore_result=True,
            headers=headers,
            argsrepr="-",  # building it costs more than the message
            kwargsrepr="{}",
        )
