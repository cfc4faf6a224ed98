"""When a batch is handed over, and which messages are acknowledged together."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from workers.batching import Batches, Buffer, Received

Acks = list[tuple[int, bool]]


class Task(Batches):
    name = "of this test"
    flush_every, flush_interval = 2, 1.0


@pytest.fixture
def acks() -> Acks:
    """What was acknowledged: tag, whether with all before it."""
    return []


def consumer(**more: Any) -> Any:
    """What a buffer needs of a consumer, which here calls at once what it is to call soon."""
    return SimpleNamespace(event_dispatcher=None, call_soon=lambda call: call(), **more)


@pytest.fixture
def buffer() -> Buffer:
    return Buffer(Task(), consumer())


def batch(acks: Acks, *tags: int) -> list[Received]:
    def acknowledge(tag: int) -> Any:
        return lambda multiple=False: acks.append((tag, multiple))

    return [Received((), {}, acknowledge(tag), tag) for tag in tags]


def test_batches_in_order_are_acknowledged_at_once(buffer: Buffer, acks: Acks) -> None:
    buffer._finish(batch(acks, 1, 2, 3), 0.0)
    buffer._finish(batch(acks, 4, 5), 0.0)

    assert acks == [(3, True), (5, True)]


def test_batches_that_are_safe_together_are_acknowledged_once(acks: Acks) -> None:
    """The loop of the consumer calls in no order: 5 with all before it, then 3, would be wrong."""
    soon: list[Callable[[], None]] = []
    buffer = Buffer(Task(), SimpleNamespace(event_dispatcher=None, call_soon=soon.append))
    buffer._finish(batch(acks, 1, 2, 3), 0.0)
    buffer._finish(batch(acks, 4, 5), 0.0)
    for call in reversed(soon):
        call()
    assert acks == [(5, True)]

    soon.clear()
    buffer._finish(batch(acks, 6), 0.0)
    for call in soon:
        call()
    assert acks == [(5, True), (6, True)]


def test_those_who_watch_are_told_by_the_thread_of_the_consumer() -> None:
    """Celery loses an event that one thread adds while another sends those before it."""
    soon: list[Callable[[], None]] = []
    told: list[tuple[str, str]] = []
    events = SimpleNamespace(send=lambda kind, uuid, **_: told.append((kind, uuid)))
    buffer = Buffer(Task(), SimpleNamespace(event_dispatcher=events, call_soon=soon.append))
    for uuid in ("a", "b"):
        buffer._finish([Received((), {"id": uuid}, lambda **_: None)], 0.0)
    assert not told

    for call in soon:
        call()
    kinds = ("task-received", "task-succeeded")
    assert told == [(kind, uuid) for uuid in ("a", "b") for kind in kinds]


def test_a_message_without_an_id_stops_nobody() -> None:
    """An error in the consumer's loop would end the worker."""
    told: list[str] = []
    events = SimpleNamespace(send=lambda kind, uuid, **_: told.append(uuid))
    worker = SimpleNamespace(event_dispatcher=events, call_soon=lambda call: call())
    Buffer(Task(), worker)._finish([Received((), {}, lambda **_: None)], 0.0)

    assert told == ["", ""]


def test_a_message_that_is_held_elsewhere_is_not_acknowledged_with_others(
    buffer: Buffer, acks: Acks
) -> None:
    buffer._finish(batch(acks, 1, 2), 0.0)
    buffer._finish(batch(acks, 4, 5), 0.0)  # 3 is set aside, or waits for that
    buffer._finish(batch(acks, 6, 7), 0.0)

    assert acks == [(2, True), (4, False), (5, False), (6, False), (7, False)]


def test_a_batch_that_failed_is_not_acknowledged_with_the_next(buffer: Buffer, acks: Acks) -> None:
    batch(acks, 1, 2)  # its body never returned True
    buffer._finish(batch(acks, 3, 4), 0.0)

    assert acks == [(3, False), (4, False)]


def test_messages_with_a_gap_between_them_are_acknowledged_one_by_one(
    buffer: Buffer, acks: Acks
) -> None:
    buffer._finish(batch(acks, 1, 3), 0.0)

    assert acks == [(1, False), (3, False)]


def test_without_tags_each_is_acknowledged(buffer: Buffer, acks: Acks) -> None:
    buffer._finish(batch(acks, 0, 0), 0.0)

    assert acks == [(0, False), (0, False)]


class Pool:
    """Takes batches, and is done with them when it is told to."""

    def __init__(self) -> None:
        self.batches: list[Sequence[Received]] = []
        self._callbacks: list[Callable[[bool], None]] = []

    def apply_async(self, _: object, args: Any, callback: Callable[[bool], None]) -> None:
        self.batches += args
        self._callbacks.append(callback)

    def finish(self, is_safe: bool) -> None:
        self._callbacks.pop(0)(is_safe)

    def tags(self) -> list[list[int]]:
        return [[received.tag for received in batch] for batch in self.batches]


@pytest.fixture
def pool() -> Pool:
    return Pool()


@pytest.fixture
def waiting(pool: Pool) -> Buffer:
    """Its timer never fires; a batch of two is full."""
    timer = SimpleNamespace(call_after=lambda *_: SimpleNamespace(cancel=lambda: None))
    return Buffer(Task(), consumer(pool=pool, timer=timer))


def test_while_a_batch_is_under_way_the_next_one_grows(
    waiting: Buffer, pool: Pool, acks: Acks
) -> None:
    first, second, third = batch(acks, 1, 2, 3)
    waiting.add(first)
    waiting.hand_over()
    waiting.add(second)
    assert pool.tags() == [[1]]

    pool.finish(True)
    assert pool.tags() == [[1], [2]]

    waiting.add(third)
    pool.finish(True)
    pool.finish(True)
    assert pool.tags() == [[1], [2], [3]]
    assert acks == [(1, True), (2, True), (3, True)]


def test_a_full_batch_does_not_wait_for_the_one_before(
    waiting: Buffer, pool: Pool, acks: Acks
) -> None:
    for received in batch(acks, 1, 2, 3, 4):
        waiting.add(received)

    assert pool.tags() == [[1, 2], [3, 4]]


def test_what_came_while_a_batch_was_not_safe_is_left_to_the_broker(
    waiting: Buffer, pool: Pool, acks: Acks
) -> None:
    first, second = batch(acks, 1, 2)
    waiting.add(first)
    waiting.hand_over()
    waiting.add(second)

    pool.finish(False)  # only when the worker stops

    assert pool.tags() == [[1]]
    assert not acks
