"""gunicorn's threads, which no client can hold by sending slowly, or by not reading.

As shipped, a client that has sent a part of a request holds a thread until it sends the rest, if
it ever does; so does one that does not read its answer. As many such clients as threads, and
nobody is answered any more.
"""

from socket import SHUT_RD, SO_SNDTIMEO, SOL_SOCKET
from struct import pack
from time import monotonic

from gunicorn.workers.gthread import _DEFER, TConn, ThreadWorker

READ_SECONDS = 10.0
"""A request must have come in by then. What is computed, or sent back, may take longer."""
CROWDED_SECONDS = 2.0
"""The same while every thread is taken, and others wait."""
SEND_SECONDS = 5
"""For so long a client may take in nothing of its answer."""


class Worker(ThreadWorker):  # type: ignore[misc]
    """Gives a connection a thread when it has something to say, and some seconds to say it."""

    def init_process(self) -> None:
        """Begin."""
        self._begun: dict[TConn, float] = {}
        super().init_process()

    def handle(self, conn: TConn) -> object:
        """Serve a connection from a thread."""
        if not conn.initialized and not conn.wait_for_data(timeout=0):
            return _DEFER  # as shipped, it waits 5 s here
        if not conn.initialized:
            conn.sock.setsockopt(SOL_SOCKET, SO_SNDTIMEO, pack("ll", SEND_SECONDS, 0))
        self._begun[conn] = monotonic()
        try:
            return super().handle(conn)
        finally:
            self._begun.pop(conn, None)

    def murder_pending(self) -> None:
        """Hear no more from those who take too long. The main loop calls this every second."""
        super().murder_pending()
        is_crowded = len(self._begun) >= self.cfg.threads
        latest = monotonic() - (CROWDED_SECONDS if is_crowded else READ_SECONDS)
        for conn, begun in list(self._begun.items()):
            if begun < latest:
                self._begun.pop(conn, None)
                _stop_reading(conn)


def _stop_reading(conn: TConn) -> None:
    """Let a thread that reads see the end. One that is done with reading may still answer."""
    try:
        conn.sock.shutdown(SHUT_RD)
    except OSError:  # it is closed already
        return
