"""Confirmations of a broker that is late, silent or ends: without a broker."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
from amqp.exceptions import MessageNacked

from app import confirming
from app.confirming import Confirmations

SILENCE_SECONDS = 0.5
Step = Callable[["FakeChannel"], None]


class FakeChannel:
    """A channel, and its connection, on which one thing after the other happens."""

    def __init__(self, *steps: Step) -> None:
        self.events: dict[str, set[Callable[[int, bool], None]]] = defaultdict(set)
        self.connection = self
        self.asked = 0
        self._steps = list(steps)

    def channel(self) -> "FakeChannel":
        return self

    def confirm_select(self) -> None: ...

    def send_method(self, *_: Any) -> None:
        self.asked += 1

    def drain_events(self, timeout: float) -> None:
        assert timeout == SILENCE_SECONDS / 2
        self._steps.pop(0)(self)


def silence(_: FakeChannel) -> None:
    raise TimeoutError


def answer(_: FakeChannel) -> None:
    """A frame that is no confirmation."""


def ack(channel: FakeChannel, tag: int = 1) -> None:
    for each in channel.events["basic_ack"]:
        each(tag, False)


def nack(channel: FakeChannel) -> None:
    for each in channel.events["basic_nack"]:
        each(1, False)


def test_a_confirmation_in_time_is_not_asked_for() -> None:
    channel = FakeChannel(ack)

    Confirmations(channel, SILENCE_SECONDS).wait()

    assert channel.asked == 0


def test_a_broker_that_answers_is_waited_for() -> None:
    channel = FakeChannel(*[silence, answer] * 9, ack)

    Confirmations(channel, SILENCE_SECONDS).wait()

    assert channel.asked == 9


def test_a_silent_broker_is_asked_once_and_given_up() -> None:
    channel = FakeChannel(silence, answer, silence, silence)

    with pytest.raises(TimeoutError):
        Confirmations(channel, SILENCE_SECONDS).wait()

    assert channel.asked == 2


def test_a_broker_that_answers_and_never_confirms_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(confirming, "PATIENCE_SECONDS", -1.0)
    channel = FakeChannel(answer, silence)

    with pytest.raises(TimeoutError):
        Confirmations(channel, SILENCE_SECONDS).wait()

    assert channel.asked == 0


def test_a_message_that_the_broker_refuses_is_not_confirmed() -> None:
    with pytest.raises(MessageNacked):
        Confirmations(FakeChannel(nack), SILENCE_SECONDS).wait()


def test_the_confirmation_of_one_message_is_not_that_of_the_next() -> None:
    channel = FakeChannel(ack, silence, silence)
    confirmations = Confirmations(channel, SILENCE_SECONDS)
    confirmations.wait()

    with pytest.raises(TimeoutError):
        confirmations.wait()
