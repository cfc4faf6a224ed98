"""gunicorn's threads, safe from clients that send slowly or do not read, and with less overhead.

As shipped, a client that has sent a part of a request holds a thread until it sends the rest. So
does a client that does not read its answer. As many such clients as threads stop the service. And
a client that does not close its connection when the service has holds the main thread for 2 s.

As shipped, one thread listens to all connections and hands each request to another thread, which
hands the connection back: two changes of threads a request. Here, each thread takes requests from
the kernel itself (`epoll`), in the order in which they came. A request that waits for something
(app/later.py) holds no thread.
"""

from datetime import datetime
from functools import partial
from select import EPOLLIN, EPOLLONESHOT, EPOLLOUT, epoll
from selectors import EVENT_READ
from socket import IPPROTO_TCP, SHUT_RD, SHUT_WR, SO_SNDTIMEO, SOL_SOCKET, TCP_INFO, socket
from struct import error, pack, unpack_from
from threading import Thread
from time import monotonic

from gunicorn.http import wsgi
from gunicorn.http.body import LengthReader
from gunicorn.http.message import Request
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from app import connection_counts
from app.gunicorn_response import OneSend
from app.later import MAY_WAIT, Later

READ_SECONDS = 10.0
"""How long a request may take to come in. Computing and answering may take longer."""
CROWDED_SECONDS = 2.0
"""The same while all threads are busy."""
SLOWEST_BYTES = 65_536
"""A client that sends that much a second may take longer while not all threads are busy."""
SEND_SECONDS = 5
"""How long a client may read nothing of its answer."""
LEAVE_SECONDS = 2.0
"""How long a client may take to close a connection after the end of its last answer. If the service
closed at once, a client that still sends might lose the answer."""
SKIPPED_BYTES = 65_536
LOOK_SECONDS = 1.0
BYTES_RECEIVED_AT = 128
"""The offset of tcpi_bytes_received in Linux's `struct tcp_info`."""


class Worker(ThreadWorker):  # type: ignore[misc]
    """Gives a connection a thread when it has sent something. The rest must come in time."""

    def init_process(self) -> None:
        """Prepare what the threads share, then run."""
        self._begun: dict[TConn, float] = {}
        """Connection that a thread serves -> since when (monotonic)."""
        self._idle: dict[int, TConn] = {}
        """File descriptor -> connection that waits for its next request."""
        self._put_off: dict[int, TConn] = {}
        """File descriptor -> connection whose request waits (`Later`)."""
        self._epoll = epoll()
        self._looked = 0.0
        self._received: dict[TConn, int] = {}
        """Slow connection of `_begun` -> bytes that it had sent when last checked."""
        # gunicorn reads settings several times a request, each time through a function.
        self.cfg.__dict__.update({name: each.get() for name, each in self.cfg.settings.items()})
        super().init_process()

    def run(self) -> None:
        """Accept connections, which the threads serve, until told to stop."""
        connection_counts.tell(self.age, 0)
        for number in range(self.cfg.threads):
            Thread(target=self._serve, name=f"requests-{number}", daemon=True).start()
        super().run()

    def accept(self, listener: socket) -> None:
        """Take a connection, unless another process that has fewer takes it first."""
        connection_counts.let_others(self.nr_conns)
        super().accept(listener)
        connection_counts.tell(self.age, self.nr_conns)

    def enqueue_req(self, conn: TConn) -> None:
        """Take a new connection in. The main loop calls this."""
        conn.sock.setblocking(True)
        conn.sock.setsockopt(SOL_SOCKET, SO_SNDTIMEO, pack("ll", SEND_SECONDS, 0))
        conn.data_ready = True  # threads take it only then
        conn.set_timeout()
        self._idle[conn.sock.fileno()] = conn
        self._epoll.register(conn.sock, EPOLLIN | EPOLLONESHOT)

    def handle_request(self, req: Request, conn: TConn) -> bool | Later:
        """Answer a request, in one `send`. Return whether its connection stays open, or `Later`."""
        begun = datetime.now() if self.log.access_log_enabled else None
        answer, environ = wsgi.create(
            req, conn.sock, conn.client, conn.server, self.cfg, response_class=OneSend
        )
        environ["wsgi.multithread"] = True
        self.nr += 1
        if self.nr >= self.max_requests:
            self.alive = False
        if not self.alive or len(self._idle) >= self.max_keepalived:
            answer.force_close()
        environ[MAY_WAIT] = not hasattr(req, "has_waited")
        parts = self.wsgi(environ, answer.start_response)
        if isinstance(parts, Later):
            req.has_waited = True
            conn.parser = OnceMore(conn, req)
            return parts
        if conn not in self._begun or req.body.failed:  # nothing can follow
            answer.force_close()
        try:
            if isinstance(parts, environ["wsgi.file_wrapper"]):
                answer.write_file(parts)
            else:
                for part in parts:
                    answer.write(part)
            answer.close()
        except OSError:
            raise
        except Exception:
            if not answer.headers_sent:
                raise
            self.log.exception("Error handling request")
            return False
        finally:
            if begun:
                self.log.access(answer, req, environ, datetime.now() - begun)
            if hasattr(parts, "close"):
                parts.close()
        return not answer.should_close()

    def murder_pending(self) -> None:
        """Stop reading from clients that take too long. The main loop calls this every second."""
        now = monotonic()
        if now - self._looked < LOOK_SECONDS and self.alive:
            return
        self._looked = now
        if not self.alive:
            for descriptor in [*self._put_off]:
                self._take_up(descriptor)
        connection_counts.tell(self.age, self.nr_conns)  # gunicorn may have closed some
        for descriptor, conn in self._idle.copy().items():
            if conn.timeout < now and self._idle.pop(descriptor, None):
                self._close(conn)
        is_crowded = len(self._begun) >= self.cfg.threads
        latest = now - (CROWDED_SECONDS if is_crowded else READ_SECONDS)
        for conn, begun in self._begun.copy().items():
            if begun < latest and (is_crowded or not self._comes_on(conn)):
                self._begun.pop(conn, None)
                _stop_reading(conn)

    def _comes_on(self, conn: TConn) -> bool:
        """Return whether a client has sent enough since it was last checked."""
        before, now = self._received.get(conn), _received(conn)
        self._received[conn] = now
        return before is None or now - before >= SLOWEST_BYTES * LOOK_SECONDS

    def _cap_keepalive(self, deadline: float) -> None:
        """End idle connections by a time (monotonic). The main loop calls this when it stops."""
        for conn in self._idle.copy().values():
            conn.timeout = min(conn.timeout, deadline)

    def _serve(self) -> None:
        """Serve one request after the other, of any connection."""
        while True:
            for descriptor, _ in self._epoll.poll(maxevents=1):
                if conn := self._idle.pop(descriptor, None):  # none: it has just been closed
                    self._serve_one(conn, descriptor)

    def _serve_one(self, conn: TConn, descriptor: int) -> None:
        self._begun[conn] = monotonic()
        goes_on = False
        try:
            goes_on = self.handle(conn)
        except (Exception, SystemExit):
            self.log.exception("A request failed beyond what gunicorn expects")
        finally:
            self._begun.pop(conn, None)
            self._received.pop(conn, None)
        if isinstance(goes_on, Later):
            self._put_off[descriptor] = conn
            goes_on.begin(partial(self._take_up, descriptor))
            return
        if not goes_on:
            self.method_queue.defer(self._leave, conn)
            return
        conn.set_timeout()
        if not self.alive:
            conn.timeout = min(conn.timeout, monotonic() + STOP_KEEPALIVE_LINGER)
        # A next request that is read already raises no EPOLLIN: such a connection is taken up again
        # at once (EPOLLOUT), after the others.
        has_more = conn.parser.unreader.buf.tell()
        self._idle[descriptor] = conn
        self._epoll.modify(descriptor, (EPOLLOUT if has_more else EPOLLIN) | EPOLLONESHOT)

    def _take_up(self, descriptor: int) -> None:
        """Have a request that has waited handled again, by the next thread. Any thread may call."""
        if conn := self._put_off.pop(descriptor, None):
            conn.set_timeout()
            self._idle[descriptor] = conn
            self._epoll.modify(descriptor, EPOLLOUT | EPOLLONESHOT)

    def _leave(self, conn: TConn) -> None:
        """Close a connection when its client has, or soon: see `LEAVE_SECONDS`."""
        try:
            conn.sock.shutdown(SHUT_WR)
        except OSError:
            self._close(conn)
            return
        conn.sock.setblocking(False)
        conn.timeout = monotonic() + LEAVE_SECONDS
        self.keepalived_conns.append(conn)  # gunicorn closes it then
        self.poller.register(conn.sock, EVENT_READ, partial(self._skip, conn))

    def _skip(self, conn: TConn, sock: socket) -> None:
        """Read what a client still sends on a connection that is being closed."""
        try:
            is_over = not sock.recv(SKIPPED_BYTES)
        except BlockingIOError:
            return
        except OSError:
            is_over = True
        if is_over:
            self.poller.unregister(sock)
            self.keepalived_conns.remove(conn)
            self._close(conn)

    def _close(self, conn: TConn) -> None:
        """Close a connection. Only in the main thread, which counts them."""
        self.nr_conns -= 1
        connection_counts.tell(self.age, self.nr_conns)
        conn.close()

    def _keepalive_after(self, conn: TConn, keepalive: bool | Later) -> bool | Later:
        """Return whether a connection stays open. After a whole body there is nothing to skip."""
        if isinstance(keepalive, Later):
            return keepalive
        reader = conn.parser.mesg.body.reader
        if keepalive and isinstance(reader, LengthReader) and not reader.length:
            return True
        return bool(super()._keepalive_after(conn, keepalive))


class OnceMore:
    """A parser that gives a request again; then its connection has its own parser again."""

    def __init__(self, conn: TConn, request: Request) -> None:
        self._conn, self._parser, self._request = conn, conn.parser, request

    def __next__(self) -> Request:
        self._conn.parser = self._parser
        return self._request


def _received(conn: TConn) -> int:
    """Return how many bytes the kernel has received on a connection; 0 if it is not TCP."""
    try:
        told = conn.sock.getsockopt(IPPROTO_TCP, TCP_INFO, BYTES_RECEIVED_AT + 8)
        return int(unpack_from("Q", told, BYTES_RECEIVED_AT)[0])
    except (OSError, error):
        return 0


def _stop_reading(conn: TConn) -> None:
    """Let a thread that reads see the end of the stream. A thread may still answer."""
    try:
        conn.sock.shutdown(SHUT_RD)
    except OSError:  # it is closed already
        return
