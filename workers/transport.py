"""kombu's transport for RabbitMQ, changed so that a worker's loop reads many frames at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amqp.exceptions import RecoverableConnectionError
from amqp.transport import TCPTransport
from kombu.transport import pyamqp

READ_BYTES = 16 * 1024
"""How much is read from the socket at once. With each read, py-amqp copies the rest of it."""
FRAMES_AT_ONCE = 300
"""Frames, three a message, after which the loop does its other work."""


class Transport(pyamqp.Transport):
    """Reads ahead. By default a message costs nine reads of a socket, six mode changes and a poll.

    Celery uses it in place of kombu's own, see celeryconfig.py.
    """

    def on_readable(self, connection: Any, loop: Any) -> None:
        """Take in the frames that have come. Raises what reading or a frame's receiver raises.

        The loop calls this when the socket has data. It does not see what was read ahead, so all of
        that must be taken in.
        """
        frames, is_more = _frames(connection)
        if is_more:
            loop.call_soon(self.on_readable, connection, loop)
        for frame in frames:
            connection.on_inbound_frame(frame)


def _frames(connection: Any) -> tuple[list[Any], bool]:
    """Read frames without waiting; also tell whether there may be more."""
    if not connection.connected:
        raise RecoverableConnectionError("Socket was disconnected")
    frames: list[Any] = []
    try:
        with _reading_ahead(connection.transport) as transport:
            while len(frames) < FRAMES_AT_ONCE:
                frames.append(transport.read_frame())
    except TimeoutError:
        return frames, False
    except OSError:  # the last frames may tell why; the next read will raise again
        if not frames:
            raise
    return frames, True


@contextmanager
def _reading_ahead(transport: Any) -> Iterator[Any]:
    """Make reads return at once, and read more than they are asked for.

    Code that waits must not read ahead: a poll of the socket does not see what is in memory.
    """
    receive, is_plain = transport._quick_recv, isinstance(transport, TCPTransport)
    if is_plain:  # TLS has a buffer of its own
        transport._quick_recv = lambda size: receive(max(size, READ_BYTES))
    try:
        with transport.having_timeout(0):
            yield transport
    finally:
        transport._quick_recv = receive
