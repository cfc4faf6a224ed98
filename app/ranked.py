"""/recs?after=, long polling: waits a moment until a user's slate has what they have just done.

Requests wait without a thread: decision 22 says why. Who has waited in vain is ranked by the view
(app/lists.py).
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic, sleep
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from flask import Flask
from redis.exceptions import RedisError

from app.addresses import sent_path
from app.context import Context
from app.later import MAY_WAIT, Later
from recs.errors import StoreUnavailable
from recs.types import Generation, UserId

log = logging.getLogger(__name__)

WAIT_SECONDS = 0.2
WAIT_SECONDS_MOST = 1.0
WAIT_SECONDS_EACH = 0.002
"""The more requests wait, the longer each does: those that give up do not all ask again at once."""
PAUSE_SECONDS = 0.01
PAUSE_SECONDS_EACH = 0.0002
"""The more requests wait, the less often each is looked at: 5,000 a second in all."""
PATH = re.compile("/recs/([^/]+)")
AFTER = re.compile("[0-9]{1,16}", re.ASCII)


class Asked(NamedTuple):
    """A request that waits. since: monotonic (s). wake: has it answered."""

    generation: Generation
    user: UserId
    after: int
    since: float
    wake: Callable[[], None]


class Waiters:
    """The requests that wait. One thread looks for all of them whether it is time."""

    def __init__(self, are_ranked: Callable[[Sequence[Asked]], Iterable[bool]]) -> None:
        """are_ranked: says of each request whether the user's slate is ranked; may raise."""
        self._are_ranked = are_ranked
        self._new: SimpleQueue[Asked] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None

    def add(self, asked: Asked) -> None:
        """Let a request wait."""
        self._new.put(asked)
        with self._lock:  # not before the first request: threads do not outlive a fork
            if self._thread is None:
                self._thread = Thread(target=self._run, name="waiters", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        waiting: list[Asked] = []
        while True:
            if not waiting:
                waiting.append(self._new.get())
            sleep(max(PAUSE_SECONDS, PAUSE_SECONDS_EACH * len(waiting)))
            with suppress(Empty):
                while True:
                    waiting.append(self._new.get_nowait())
            waiting = self.look(waiting, monotonic())

    def look(self, waiting: Sequence[Asked], now: float) -> list[Asked]:
        """Wake the requests whose time it is; return the others. now: monotonic (s)."""
        try:
            ranked = [*self._are_ranked(waiting)]
        except Exception as error:  # they are answered without Redis, or with the same error
            if not isinstance(error, RedisError | StoreUnavailable):
                log.error("requests cannot wait for lists: %r", error, exc_info=error)
            ranked = [True] * len(waiting)
        longest = min(max(WAIT_SECONDS, WAIT_SECONDS_EACH * len(waiting)), WAIT_SECONDS_MOST)
        left = []
        for asked, is_ranked in zip(waiting, ranked, strict=True):
            if is_ranked or now - asked.since >= longest:
                asked.wake()
            else:
                left.append(asked)
        return left


class LongPolling:
    """WSGI middleware: lets a request wait whose list is not ranked yet."""

    def __init__(self, app: Flask, here: Context) -> None:
        """Put it before the app's WSGI application."""
        self._here = here
        self._next = app.wsgi_app
        self._waiters = Waiters(self._are_ranked)
        app.wsgi_app = self  # type: ignore[method-assign, assignment]

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        """Answer a request, or return `Later`."""
        if environ["QUERY_STRING"] and environ.get(MAY_WAIT):
            generation, asked = self._here.view.items().generation, _asked(environ)
            if asked and not is_ranked(self._here, generation, *asked):
                return Later(partial(self._begin, generation, *asked))
        return self._next(environ, start)

    def _begin(
        self, generation: Generation, user: UserId, after: int, wake: Callable[[], None]
    ) -> None:
        self._waiters.add(Asked(generation, user, after, monotonic(), wake))

    def _are_ranked(self, waiting: Sequence[Asked]) -> list[bool]:
        with self._here.breaker:
            return self._here.stores.users.are_ranked([each[:3] for each in waiting])


def is_ranked(here: Context, generation: Generation, user: UserId, after: int) -> bool:
    """Say whether a user's slate is ranked with all until `after` (us); False without Redis."""
    with suppress(RedisError, StoreUnavailable), here.breaker_for(generation, user):
        (ranked,) = here.stores.users.are_ranked([(generation, user, after)])
        return ranked
    return False


def _asked(environ: dict[str, Any]) -> tuple[UserId, int] | None:
    """Return the user and `after`; None if this is another request, or a wrong one."""
    path = PATH.fullmatch(sent_path(environ))
    found = parse_qs(environ["QUERY_STRING"]).get("after", [])
    if (
        environ["REQUEST_METHOD"] == "GET"
        and path
        and len(found) == 1
        and AFTER.fullmatch(found[0])
    ):
        with suppress(UnicodeDecodeError):
            return UserId(unquote(path[1], errors="strict")), int(found[0])
    return None
