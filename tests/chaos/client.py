"""An HTTP client with one keep-alive connection that never sends a request again."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import Any

TIMEOUT_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. outcome: the status, or the name of the failure."""

    outcome: str
    content: Any
    retry_after: str | None
    begun: float
    ended: float

    @property
    def ok(self) -> bool:
        return self.outcome == "200"


class Client:
    """A client of one service. Never raises for what the network or the service does."""

    def __init__(self, port: int) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)

    def ask(self, method: str, path: str, content: object = None) -> Answer:
        """Send a request and wait for its answer."""
        body = None if content is None else json.dumps(content).encode()
        begun = monotonic()
        try:
            self._connection.request(method, path, body, {"Content-Type": "application/json"})
            response = self._connection.getresponse()
            outcome, read = str(response.status), response.read()
            retry_after = response.headers.get("Retry-After")
        except (OSError, HTTPException) as error:
            self._connection.close()
            outcome, read, retry_after = type(error).__name__, b"", None
        ended = monotonic()
        answer = json.loads(read) if outcome == "200" else None
        return Answer(outcome, answer, retry_after, begun, ended)

    def close(self) -> None:
        self._connection.close()
