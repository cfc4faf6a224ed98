"""Connections to one Redis that no pool hands out: each thread keeps its own."""

from collections.abc import Sequence
from contextlib import suppress
from os import getpid
from threading import local
from typing import Any
from weakref import finalize

from redis.exceptions import ResponseError

Command = Sequence[bytes | str | int | float]


class OwnConnections:
    """Connections like those of a pool, except that each thread keeps its own.

    A pool checks the connection, counts and locks at each call: that is half the cost of a call.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._of_thread = local()

    def ask(self, *command: bytes | str | int | float) -> Any:
        """Send one command, without retry; return the answer. Raises RedisError.

        A ConnectionError may only mean that Redis was restarted since the last call.
        """
        (answer,) = self.ask_all([command])
        if isinstance(answer, ResponseError):
            raise answer
        return answer

    def ask_all(self, commands: Sequence[Command]) -> list[Any]:
        """Send commands together, without retry; return the answer or the error of each.

        Raises RedisError if there is no answer to one of them.
        """
        own = self._connection()
        try:
            own.send_packed_command(own.pack_commands(commands), check_health=False)
            return [_answer_or_error(own) for _ in commands]
        except BaseException:
            own.disconnect()  # otherwise a late answer would be read as that of the next command
            raise

    def _connection(self) -> Any:
        own: Any = getattr(self._of_thread, "connection", None)
        if own is None or own.pid != getpid():  # after a fork the parent still uses that one
            own = self._of_thread.connection = self._pool.make_connection()
            self._of_thread.life = Life()
            # Runs while the connection is still whole: weakref calls finalizers before the garbage
            # collector clears the objects of the same cycle.
            finalize(self._of_thread.life, _end, own).atexit = False
        return own


def _answer_or_error(connection: Any) -> Any:
    try:
        return connection.read_response()
    except ResponseError as error:
        return error


class Life:
    """Is collected when its thread has ended, or when its OwnConnections is no longer used."""


def _end(connection: Any) -> None:
    with suppress(Exception):  # the server may be down
        connection.disconnect()
