"""A fake Qdrant server: it answers, and records what was asked."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event

from recs.types import Json


class Recorder(ThreadingHTTPServer):
    """Answers as Qdrant's REST API does. It records requests, and stores no points."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Answering)
        self.asked: list[tuple[str, str, Json]] = []
        self.aliases: dict[str, str] = {}
        self.collections: list[str] = []
        self.broken = False
        """Whether it answers with an error."""
        self.awake = Event()
        """While cleared, it does not answer."""
        self.awake.set()

    def writes(self) -> list[tuple[str, str]]:
        return [(method, path) for method, path, _ in self.asked if method != "GET"]

    def body_of(self, method: str, path: str) -> Json:
        return next(body for *what, body in self.asked if what == [method, path])


class Answering(BaseHTTPRequestHandler):
    server: Recorder

    def answer(self) -> None:
        path = self.path.partition("?")[0]
        length = int(self.headers.get("Content-Length", 0))
        body = json.loads(self.rfile.read(length) or "{}")
        self.server.awake.wait()
        self.server.asked.append((self.command, path, body))
        result = self.result(path, body)
        content = json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()
        self.send_response(500 if self.server.broken else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def result(self, path: str, body: Json) -> object:
        server = self.server
        if path == "/aliases":
            return {"aliases": [
                {"alias_name": alias, "collection_name": name}
                for alias, name in server.aliases.items()
            ]}  # fmt: skip
        if path == "/collections":
            return {"collections": [{"name": name} for name in server.collections]}
        if path.endswith("/points/query"):
            return {"points": [{"id": 3, "version": 0, "score": 0.9}]}
        if path.endswith("/points"):
            return {"operation_id": 1, "status": "completed"}
        return True

    def log_message(self, *_: object) -> None:
        pass
