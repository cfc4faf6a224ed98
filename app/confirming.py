"""Waits for the broker's confirmation: long while the broker lives, briefly if it hangs.

On a slow machine a confirmation may take seconds (the broker syncs its disk). A short timeout would
then refuse everybody. So after a while the client asks the broker for a sign of life, on a second
channel, which does not wait for any queue. Only silence is a failure.
"""

from time import monotonic
from typing import Any

from amqp import spec
from amqp.exceptions import MessageNacked

from recs.errors import BrokerUnavailable

PATIENCE_SECONDS = 5.0
"""A living broker that has not confirmed a message by then will not confirm it."""


class Confirmations:
    """The confirmations of one channel, which sends one message at a time.

    heard_at: when the broker last sent something (monotonic).
    """

    def __init__(self, channel: Any, silence_seconds: float) -> None:
        """Have messages confirmed. silence_seconds: give up a broker that is silent for so long."""
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
        """Wait until the message that was just sent is confirmed.

        Raises TimeoutError if the broker is silent, or does not confirm for PATIENCE_SECONDS;
        MessageNacked; and what py-amqp raises if the connection breaks.
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
    """Raise BrokerUnavailable: the broker takes no messages, for want of memory or disk."""
    raise BrokerUnavailable(f"the broker takes no messages: {reason}")


def _ask(channel: Any) -> None:
    """Send the broker something that it must answer; do not wait for the answer."""
    channel.send_method(spec.Basic.Qos, "lBb", (0, 0, False))
