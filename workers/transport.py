"""RabbitMQ as kombu speaks it, but a worker's loop reads many frames at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from amqp.exceptions import RecoverableConnectionError
from amqp.transport import TCPTransport
from kombu.transport import pyamqp

READ_BYTES = 16 * 1024
"""Asked of the socket at once. With each read, py-amqp copies what is left of it."""
FRAMES_AT_ONCE = 300
"""A message is three. Then the loop does what else is due."""


class Transport(pyamqp.Transport):
    """As shipped, a message costs nine reads of a socket, six changes of its mode and a poll.

    Celery takes it in the place of kombu's own, see celeryconfig.py.
    """

    def on_readable(self, connection: Any, loop: Any) -> None:
        """Take in the frames that are there. Raises what the reading or a frame's receiver does.

        The loop calls this when the socket has something; it knows nothing of what has been read
        ahead, so that is taken in to its end.
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
    """Have reads neither wait nor stop after each few bytes. Whoever waits must not read ahead:
    what is left in memory afterwards, no poll of the socket finds.
    """
    receive, is_plain = transport._quick_recv, isinstance(transport, TCPTransport)
    if is_plain:  # TLS has a buffer of its own
        transport._quick_recv = lambda size: receive(max(size, READ_BYTES))
    try:
        with transport.having_timeout(0):
            yield transport
    finally:
        transport._quick_recv = receive
