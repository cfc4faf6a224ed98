"""Workers tell Redis that they live, and which tasks they have done, for /readyz."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import Any

from celery import Celery
from celery.signals import heartbeat_sent, task_success
from redis.exceptions import RedisError

from recs.stores.signs import Signs

log = logging.getLogger(__name__)

SIGN_SECONDS = 1.0
"""Shortest time between two equal signs, however many tasks are done."""


class SignsOfLife:
    """Gives signs from a thread of its own: a Redis that hangs must not hold up the worker."""

    def __init__(self, signs: Callable[[], Signs], clock: Callable[[], float] = monotonic) -> None:
        self._signs = signs
        self._clock = clock
        self._given: dict[str, float] = {}
        self._thread: ThreadPoolExecutor | None = None
        self._under_way: Future[None] | None = None

    def give(self, *names: str) -> None:
        """Give signs, unless the last ones are young or still under way."""
        now = self._clock()
        due = [each for each in names if now - self._given.get(each, -60.0) >= SIGN_SECONDS]
        if not due or (self._under_way is not None and not self._under_way.done()):
            return
        self._given |= dict.fromkeys(due, now)
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, "signs of life")
        self._under_way = self._thread.submit(self._give, due)

    def wait(self) -> None:
        """Return when what is under way is done."""
        if self._under_way is not None:
            self._under_way.result()

    def _give(self, names: list[str]) -> None:
        try:
            self._signs().give(*names)
        except RedisError as error:
            log.warning("Redis takes no signs of life: %s", error)


def connect(celery: Celery, signs: Callable[[], Signs]) -> None:
    """Give signs whenever a worker of this app sends its heartbeat, or has done a task."""
    life = SignsOfLife(signs)

    def lives(**_: Any) -> None:
        queues: Any = celery.amqp.queues
        life.give(*(consumer_of(name) for name in queues.consume_from))

    def has_done(sender: Any = None, **_: Any) -> None:
        life.give(task_of(sender.name))

    heartbeat_sent.connect(lives, weak=False, dispatch_uid="signs of life")
    task_success.connect(has_done, weak=False, dispatch_uid="signs of life")


def consumer_of(queue: str) -> str:
    """Name the sign of whoever takes from a queue of the broker."""
    return f"consumer:{queue}"


def task_of(name: str) -> str:
    """Name the sign that a task of this name was done."""
    return f"task:{name}"
