"""A timed HTTP client with one keep-alive connection, on http.client, the cheapest library."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from select import POLLIN, poll
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

SCHEMES = {"http": HTTPConnection, "https": HTTPSConnection}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request.

    outcome: the status, or the name of the failure if there was no answer. resent: the service
    had closed the connection, and the request was sent again on a new one.
    """

    outcome: str
    body: bytes
    seconds: float
    resent: bool = False

    @property
    def ok(self) -> bool:
        """Say whether the service answered with 200."""
        return self.outcome == "200"


class Client:
    """A client of one service, for one thread.

    url: http:// or https://, host, port and perhaps a prefix of paths. token: sent as a bearer
    token. Never raises for errors of the network or the service: the answer names them.
    """

    def __init__(self, url: str, token: str = "", timeout_seconds: float = 10.0) -> None:
        parts = urlsplit(url)
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._connection = SCHEMES[parts.scheme](parts.netloc, timeout=timeout_seconds)

    def get(self, path: str) -> Answer:
        """GET a path of the service."""
        return self._ask("GET", path, None, self._headers)

    def post(self, path: str, content: dict[str, Any]) -> Answer:
        """POST content as JSON."""
        headers = {**self._headers, "Content-Type": "application/json"}
        return self._ask("POST", path, json.dumps(content).encode(), headers)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _ask(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self._is_closed():
            self.close()
        start, resent = perf_counter(), False
        while True:
            reused = self._connection.sock is not None
            try:
                self._connection.request(method, self._prefix + path, body, headers)
                response = self._connection.getresponse()
                content = response.read()
                return Answer(str(response.status), content, perf_counter() - start, resent)
            except (OSError, HTTPException) as error:
                self.close()
                # A server may close an idle connection just when we use it. Every request may be
                # sent twice: a repeated interaction changes nothing.
                if not (reused and isinstance(error, ConnectionError)):
                    return Answer(type(error).__name__, b"", perf_counter() - start, resent)
                resent = True

    def _is_closed(self) -> bool:
        """Say whether the service has closed the connection since the last answer."""
        if self._connection.sock is None:
            return False
        looking = poll()  # `select` takes no more than 1,024 files
        looking.register(self._connection.sock, POLLIN)
        return bool(looking.poll(0))
