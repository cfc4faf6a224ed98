"""Sends each periodic task when its period has passed, even if somebody changes the clock."""

import logging
from time import monotonic
from typing import Any, cast

from celery.beat import ScheduleEntry, Scheduler, SchedulingError
from kombu import Connection, Producer

from workers.queues import short_timeout

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 5.0
"""A connection that stays open but passes nothing is given up after this time."""


class MonotonicScheduler(Scheduler):
    """Counts the seconds that pass, and has the broker confirm each task.

    By default, beat remembers the time of day at which it last sent a task. When the clock is put
    back, it sends nothing for as long as the clock was ahead. Nor does it ask for confirmations:
    what it sends over a connection that passes nothing is lost.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._due: dict[str, float] = {}
        self._failures = 0
        self._connected: Producer | None = None
        super().__init__(*args, **kwargs)

    def tick(self, *_: object, **__: object) -> float:
        """Send what is due; return the seconds until the next is."""
        for name, entry in self.schedule.items():
            period = cast(Any, entry.schedule).run_every.total_seconds()
            due = self._due.setdefault(name, monotonic() + period)
            if due <= monotonic():
                self._send(entry)
                self._due[name] = max(due + period, monotonic())  # missed tasks are not sent later
        return max(min(self._due.values(), default=0.0) - monotonic(), 0.0)

    def close(self) -> None:
        """Let go of the connection."""
        self._disconnect()
        super().close()

    def _send(self, entry: ScheduleEntry) -> None:
        """Send a task. If that fails, it is sent when it is due again, over a new connection."""
        try:
            self.apply_async(entry, producer=self._producer(), advance=False, retry=False)
        except Exception as error:
            self._disconnect()
            self._failures += 1
            # Logged once a minute: workers/logs.py throttles equal lines.
            log.error("tasks cannot be sent: %s", _cause(error))
            return
        if self._failures:
            log.warning("tasks are sent again, after %d failures", self._failures)
            self._failures = 0

    def _producer(self) -> Producer:
        if self._connected is None:
            connection = short_timeout(
                self.app, self.app.conf.broker_url, TIMEOUT_SECONDS, confirm_publish=True
            )
            self._connected = self.app.amqp.Producer(connection, auto_declare=False)
        return self._connected

    def _disconnect(self) -> None:
        producer, self._connected = self._connected, None
        if producer is not None:
            cast(Connection, producer.connection).collect()


def _cause(error: Exception) -> BaseException:
    """Return what Celery has wrapped: its own text names the task, so no two lines were equal."""
    return error.__context__ or error if isinstance(error, SchedulingError) else error
