"""Frames of RabbitMQ, read many at once by a worker's loop."""

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from struct import pack
from types import SimpleNamespace
from typing import Any

import pytest
from amqp.exceptions import RecoverableConnectionError
from amqp.transport import TCPTransport

from workers.transport import FRAMES_AT_ONCE, Transport


def encoded(*payloads: bytes) -> bytes:
    return b"".join(pack(">BHI", 3, 1, len(each)) + each + b"\xce" for each in payloads)


@dataclass
class Wire:
    """A connection whose broker is the test."""

    broker: socket.socket
    connection: Any
    taken: list[bytes] = field(default_factory=list)
    soon: list[Callable[[], None]] = field(default_factory=list)
    reads: list[int] = field(default_factory=list)

    def readable(self) -> None:
        Transport(client=None).on_readable(self.connection, self)

    def call_soon(self, call: Callable[..., None], *args: Any) -> None:
        self.soon.append(lambda: call(*args))


@pytest.fixture
def wire() -> Iterator[Wire]:
    ours, brokers = socket.socketpair()
    ours.settimeout(5)
    with ours, brokers:
        transport = TCPTransport("nowhere")
        transport.sock = ours
        transport._setup_transport()
        transport.connected = transport.raise_on_initial_eintr = True
        wire = Wire(brokers, SimpleNamespace(connected=True, transport=transport))
        wire.connection.on_inbound_frame = lambda frame: wire.taken.append(frame[2])

        def receive(size: int) -> bytes:
            wire.reads.append(size)
            return ours.recv(size)

        transport._quick_recv = receive
        yield wire


def test_frames_that_are_there_are_taken_with_two_reads(wire: Wire) -> None:
    payloads = [f"frame {number}".encode() for number in range(50)]
    wire.broker.sendall(encoded(*payloads))

    wire.readable()

    assert wire.taken == payloads
    assert len(wire.reads) == 2  # the second finds that there is nothing
    assert not wire.soon


def test_what_is_more_than_enough_comes_after_what_else_is_due(wire: Wire) -> None:
    payloads = [b"%d" % number for number in range(FRAMES_AT_ONCE + 2)]
    wire.broker.sendall(encoded(*payloads))

    wire.readable()
    assert wire.taken == payloads[:FRAMES_AT_ONCE]

    [go_on] = wire.soon
    go_on()
    assert wire.taken == payloads


def test_a_frame_in_parts_is_one_frame(wire: Wire) -> None:
    first, second = encoded(b"first"), encoded(b"second")
    wire.broker.sendall(first + second[:3])
    wire.readable()
    assert wire.taken == [b"first"]

    wire.broker.sendall(second[3:])
    wire.readable()
    assert wire.taken == [b"first", b"second"]


def test_after_it_nobody_reads_ahead(wire: Wire) -> None:
    """What a waiting reader leaves in memory would be found by no poll of the socket."""
    wire.broker.sendall(encoded(b"first"))
    wire.readable()

    wire.broker.sendall(encoded(b"second", b"third"))
    transport = wire.connection.transport
    assert transport.read_frame()[2] == b"second"
    assert not transport._read_buffer
    assert transport.sock.gettimeout() == 5

    wire.readable()
    assert wire.taken == [b"first", b"third"]


def test_what_came_before_the_end_is_taken_before_it_raises(wire: Wire) -> None:
    wire.broker.sendall(encoded(b"why"))
    wire.broker.close()

    wire.readable()
    assert wire.taken == [b"why"]
    with pytest.raises(OSError, match="closed"):
        wire.soon[0]()


def test_a_connection_that_was_closed_is_told(wire: Wire) -> None:
    wire.connection.connected = False

    with pytest.raises(RecoverableConnectionError):
        wire.readable()
