"""Writes impressions to the log, with one write per answer. A failed write fails no answer."""

import logging
from collections.abc import Callable, Sequence
from threading import Lock
from time import monotonic

from recs.stores.log import Kind, Log
from recs.types import Generation, Row, UserId

log = logging.getLogger(__name__)

LOST_LINE_SECONDS = 60.0


class ImpressionLog:
    """Appends impressions to this process's segment. Any thread may use it."""

    def __init__(self, log: Log, clock: Callable[[], float] = monotonic) -> None:
        self.lost = 0
        """Answers whose impressions could not be written, since this process started."""
        self._log = log
        self._clock = clock
        self._told = 0
        self._telling_due = -float("inf")
        self._lock = Lock()

    def note(
        self,
        generation: Generation,
        user: UserId,
        rows: Sequence[Row],
        at: float,
        recorded: bool = True,
    ) -> None:
        """Append what a user was shown at a time (seconds since 1970). Never raises OSError.

        recorded: whether Redis has it already; otherwise it is replayed later. When this returns,
        the operating system has it, but not yet the disk. If it cannot be written it is lost: this
        is counted, and logged once a minute.
        """
        row = (user, " ".join(map(str, rows)), f"{at:.6f}")
        try:
            self._log.append(generation, Kind.IMPRESSIONS, [row], False, recorded)
        except OSError as error:
            with self._lock:
                self.lost += 1
            self._tell(error)
        else:
            if self.lost > self._told:
                self._tell(None)

    def close(self) -> None:
        """Close the segment; log the losses that were not logged yet."""
        self._log.close(Kind.IMPRESSIONS)
        self._telling_due = -float("inf")
        self._tell(None)

    def _tell(self, error: OSError | None) -> None:
        """Log how many were lost since the last log line, if that was a minute ago or more."""
        with self._lock:
            new = self.lost - self._told
            if not new or self._clock() < self._telling_due:
                return
            self._told = self.lost
            self._telling_due = self._clock() + LOST_LINE_SECONDS
        log.error(
            "impressions of %d answers could not be written: %s", new, error or "see earlier lines"
        )
