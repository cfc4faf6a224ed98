"""Waiting for the broker's confirmation: for long while the broker lives, not for one that hangs.

On a slow machine a confirmation may take seconds (the broker syncs its disk), and everybody would
be refused for one that is late. So who has waited for some time asks the broker for a sign of life,
on a second channel, which does not wait for any queue. Only silence is a failure.
"""

from time import monotonic
from typing import Any

from amqp import spec
from amqp.exceptions import MessageNacked

from recs.errors import BrokerUnavailable

PATIENCE_SECONDS = 5.0
"""A message that a living broker has not confirmed by then will not be confirmed."""


class Confirmations:
    """The confirmations of one channel, on which one message at a time is sent.

    heard_at: when the broker was heard last (monotonic).
    """

    def __init__(self, channel: Any, silence_seconds: float) -> None:
        """Have messages confirmed. silence_seconds: a broker silent for so long is given up."""
        self._connection = channel.connection
        self._alive = self._connection.channel()
        self._quiet_seconds = silence_seconds / 2
        self._due = 0
        self._acked = 0
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        self.heard_at = monotonic()

    def wait(self) -> None:
        """Return when the message that was just sent is confirmed.

        Raises TimeoutError if the broker is silent, or lives and does not confirm for
        PATIENCE_SECONDS; what py-amqp raises if the connection breaks; MessageNacked.
        """
        self._due += 1
        begun, is_asked = monotonic(), False
        while self._acked < self._due:
            try:
                self._connection.drain_events(timeout=self._quiet_seconds)
                self.heard_at, is_asked = monotonic(), False
            except TimeoutError:
                if is_asked or monotonic() - begun > PATIENCE_SECONDS:
                    raise
                _ask(self._alive)
                is_asked = True

    def _on_ack(self, delivery_tag: int, multiple: bool) -> None:
        self._acked = delivery_tag

    def _on_nack(self, delivery_tag: int, multiple: bool) -> None:
        raise MessageNacked


def refuse_blocked(reason: str) -> None:
    """Called when a broker says that it takes no messages for now: short of memory or disk."""
    raise BrokerUnavailable(f"the broker takes no messages: {reason}")


def _ask(channel: Any) -> None:
    """Have the broker answer something, without waiting for it."""
    channel.send_method(spec.Basic.Qos, "lBb", (0, 0, False))
