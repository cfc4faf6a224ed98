"""Writes impressions to the log, with one write per answer. A failed write fails no answer."""

import logging
from collections.abc import Sequence
from threading import Lock

from recs.stores.log import Kind, Log
from recs.types import Generation, Row, UserId

log = logging.getLogger(__name__)


class ImpressionLog:
    """Appends impressions to this process's segment. Any thread may use it."""

    def __init__(self, log: Log) -> None:
        self.lost = 0
        """Answers whose impressions could not be written, since this process started."""
        self._log = log
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
        is counted and logged.
        """
        row = (user, " ".join(map(str, rows)), f"{at:.6f}")
        try:
            self._log.append(generation, Kind.IMPRESSIONS, [row], recorded)
        except OSError as error:
            with self._lock:
                self.lost += 1
            log.error("impressions of an answer could not be written: %s", error)

    def close(self) -> None:
        """Close the segment."""
        self._log.close(Kind.IMPRESSIONS)
