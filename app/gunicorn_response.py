"""Sends head and body of an answer in one call; gunicorn itself sends the head before the body."""

from email.utils import formatdate
from time import time

from gunicorn.http.wsgi import Response

_date: tuple[int, str] = (0, "")


class OneSend(Response):  # type: ignore[misc]
    """Keeps the head until the body, or the end of the answer, comes."""

    headers_sent: bool
    _head = b""

    def send_headers(self) -> None:
        """Write the head, which is sent with what follows."""
        if self.headers_sent:
            return
        lines = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers)]
        self._head = ("".join(lines) + "\r\n").encode("latin-1")
        self.headers_sent = True

    def default_headers(self) -> list[str]:
        """Return the status line and gunicorn's own headers."""
        if self.upgrade or self.chunked:
            return list(super().default_headers())
        major, minor = self.req.version
        return [
            f"HTTP/{major}.{minor} {self.status}\r\nServer: {self.version}\r\nDate: {_now()}\r\n"
            f"Connection: {'close' if self.should_close() else 'keep-alive'}\r\n"
        ]

    def _emit_body(self, data: bytes) -> None:
        if self.chunked:
            self._flush()
            super()._emit_body(data)
        else:
            head, self._head = self._head, b""
            self.sock.sendall(head + data)

    def sendfile(self, respiter: object) -> bool:
        """Send a file after the head."""
        self.send_headers()
        self._flush()
        return bool(super().sendfile(respiter))

    def close(self) -> None:
        """Send what is left."""
        self.send_headers()
        self._flush()
        super().close()

    def _flush(self) -> None:
        head, self._head = self._head, b""
        if head:
            self.sock.sendall(head)


def _now() -> str:
    """Return the time for the Date header, formatted once a second."""
    global _date
    now = int(time())
    if _date[0] != now:
        _date = (now, formatdate(now, usegmt=True))
    return _date[1]
