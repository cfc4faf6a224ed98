"""Which messages of batches are acknowledged together."""

from types import SimpleNamespace
from typing import Any, cast

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


@pytest.fixture
def buffer() -> Buffer:
    return Buffer(Task(), cast(Any, SimpleNamespace(event_dispatcher=None)))


def batch(acks: Acks, *tags: int) -> list[Received]:
    def acknowledge(tag: int) -> Any:
        return lambda multiple=False: acks.append((tag, multiple))

    return [Received((), {}, acknowledge(tag), tag) for tag in tags]


def test_batches_in_order_are_acknowledged_at_once(buffer: Buffer, acks: Acks) -> None:
    buffer._finish(batch(acks, 1, 2, 3), 0.0)
    buffer._finish(batch(acks, 4, 5), 0.0)

    assert acks == [(3, True), (5, True)]


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
