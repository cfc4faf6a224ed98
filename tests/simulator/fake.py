"""A service in memory that keeps the HTTP contract, or breaks it as a test demands."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import Any

from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server


class Fake:
    """Recommends the most liked items that a user has neither seen nor interacted with.

    break_every: one of so many interactions is refused with 503. repeating: shows the same items
    again and again. length: of the lists. catalogues_taken: further ones are refused with 503.
    ignores_likes: lists do not change with interactions.
    """

    def __init__(self) -> None:
        self.break_every = 0
        self.repeating = False
        self.length = 10
        self.catalogues_taken = 2
        self.ignores_likes = False
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[dict[str, list[str]]] = []
        self.authorization: set[str | None] = set()
        self.interactions: list[tuple[str, str, str]] = []
        self.imported: list[dict[str, Any]] = []
        self._items: list[str] = []
        self._likes: Counter[str] = Counter()
        self._shown: defaultdict[str, set[str]] = defaultdict(set)
        self._lock = Lock()

    def app(self) -> Flask:
        """Both services in one."""
        app = Flask("fake")
        app.add_url_rule("/healthcheck", view_func=lambda: "")
        app.add_url_rule("/cleanup", view_func=self._cleanup)
        app.add_url_rule("/add_items", view_func=self._add_items, methods=["POST"])
        app.add_url_rule("/interact", view_func=self._interact, methods=["POST"])
        app.add_url_rule("/interactions", view_func=self._import, methods=["POST"])
        app.add_url_rule("/recs/<user_id>", view_func=self._recs)
        app.before_request(self._note)
        return app

    def _note(self) -> None:
        self.calls.append((request.method, request.path.rsplit("/", 1)[0] or request.path))
        self.authorization.add(request.headers.get("Authorization"))

    def _cleanup(self) -> str:
        self._items.clear()
        self._likes.clear()
        self._shown.clear()
        self.interactions.clear()
        return ""

    def _add_items(self) -> Response | str:
        if len(self.bodies) == self.catalogues_taken:
            return Response(status=503)
        self.bodies.append(json.loads(request.data))
        self._items += self.bodies[-1]["item_ids"]
        return ""

    def _interact(self) -> Response | dict[str, int]:
        body = json.loads(request.data)
        with self._lock:
            self.interactions.append((body["user_id"], body["item_ids"][0], body["actions"][0]))
            if self.break_every and len(self.interactions) % self.break_every == 0:
                return Response(status=503)
            self._likes[body["item_ids"][0]] += body["actions"][0] == "like"
        return {"after": len(self.interactions)}

    def _import(self) -> Response | str:
        rows = json.loads(request.data)["interactions"]
        self.imported += rows
        for row in rows:
            self._shown[row["user_id"]].add(row["item_id"])
        return Response(status=503) if self.break_every else ""

    def _recs(self, user_id: str) -> dict[str, Any]:
        with self._lock:
            seen = set() if self.repeating else self._shown[user_id]
            fresh = (item for item in self._items if item not in seen)
            best = sorted(fresh, key=lambda item: -self._likes[item])[: self.length]
            self._shown[user_id].update(best)
            known = any(user == user_id for user, *_ in self.interactions)
        return {"item_ids": best, "ranked": known and not self.ignores_likes}


class KeepAlive(WSGIRequestHandler):
    """Keeps connections open, as gunicorn does, and logs nothing."""

    protocol_version = "HTTP/1.1"

    def log_request(self, *_: object) -> None: ...


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve on a free port; yields the address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=KeepAlive)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
