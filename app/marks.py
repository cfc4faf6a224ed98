"""Users whose slates run out are marked as waiting, many at once, after they were answered."""

import logging
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import sleep, time

from redis.exceptions import RedisError

from recs.stores.waiting import Waiting
from recs.types import Generation, UserId

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.02
"""Marks gather for so long; the slate has some lists left, as a rule."""
MARKS_AT_MOST = 10_000
"""With Redis away for long, the newest marks are left out: users come again."""


class Marks:
    """Hands marks to Redis from a thread, which begins with the first one."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._marks: SimpleQueue[tuple[Generation, UserId]] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None

    def add(self, generation: Generation, user: UserId) -> None:
        """Let a user wait to be ranked, a moment from now."""
        if self._marks.qsize() < MARKS_AT_MOST:
            self._marks.put((generation, user))
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = Thread(target=self._run, name="marks", daemon=True)
                    self._thread.start()

    def flush(self) -> None:
        """Mark all that have gathered. Raises RedisError."""
        users: dict[Generation, dict[UserId, None]] = {}
        while True:
            try:
                generation, user = self._marks.get_nowait()
            except Empty:
                break
            users.setdefault(generation, {})[user] = None
        for generation, marked in users.items():
            self._waiting.add(generation, marked, time())

    def _run(self) -> None:
        while True:
            first = self._marks.get()
            sleep(PAUSE_SECONDS)
            self._marks.put(first)
            try:
                self.flush()
            except RedisError as error:
                log.debug("users will be marked when they come again: %s", error)
