"""Both services in memory, as far as the page uses them.

test_client.py compares them with the real ones.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.serving import make_server

JsonAnswer = dict[str, Any]

NO_STATS: JsonAnswer = {
    "now": 0.0,
    "totals": {},
    "coverage": 0.0,
    "samples": [],
    "models": [],
    "top_liked": [],
    "top_shown": [],
    "servers": {"redis": "ok", "broker": "ok"},
}


class FakeServices:
    """Recommend items in the order of the catalogue, those first that the user saw least often."""

    def __init__(self) -> None:
        self.generation = 1
        self.genres: dict[str, list[str]] = {}
        self.interactions: dict[str, dict[str, str]] = {}
        self.shown: Counter[tuple[str, str]] = Counter()
        self.calls: list[str] = []
        self.down: set[str] = set()
        self.down_status = 503
        self.refusing = False
        self.lagging = False
        """Interactions are accepted, but not known yet."""
        self.stats: JsonAnswer = {**NO_STATS}

    def clean_up(self) -> None:
        self.generation += 1
        self.genres, self.interactions, self.shown = {}, {}, Counter()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Answer at the address that is given, until the end of the block."""
        server = make_server("127.0.0.1", 0, self._app(), threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def _app(self) -> Flask:
        app = Flask(__name__)
        app.url_map.merge_slashes = False
        app.before_request(self._note)
        app.get("/healthcheck")(self._healthcheck)
        app.post("/interact")(self._interact)
        app.delete("/interact/<path:ids>")(self._undo)
        app.get("/recs/<path:user>")(self._recs)
        app.get("/popular")(self._popular)
        app.get("/users/<path:user>/interactions")(self._interactions_of)
        app.post("/items")(self._items)
        app.get("/readyz")(self._readyz)
        app.get("/catalogue")(self._catalogue)
        app.post("/add_items")(self._add_items)
        app.get("/stats")(self._stats)
        return app

    def _note(self) -> Response | None:
        self.calls.append(f"{request.method} {request.full_path.rstrip('?')}")
        if self.refusing:
            abort(422)
        is_collector = request.path.startswith(("/interact", "/healthcheck"))
        service = "collector" if is_collector else "recommender"
        if service not in self.down:
            return None
        return Response(status=self.down_status, headers={"Retry-After": "7"})

    def _healthcheck(self) -> JsonAnswer:
        return {}

    def _readyz(self) -> JsonAnswer:
        return {"status": "ok", "servers": {}, "degraded": [], "advice": {}}

    def _stats(self) -> JsonAnswer:
        return {"generation": self.generation, **self.stats}

    def _interact(self) -> JsonAnswer:
        body = request.get_json()
        pairs = zip(body["item_ids"], body["actions"], strict=True)
        for item, action in pairs:
            if len(item) > 512:
                abort(422)
            self._set(body["user_id"], item, action)
        return {}

    def _undo(self, ids: str) -> JsonAnswer:
        user, _, item = ids.partition("/")
        self._set(user, item, "undo")
        return {}

    def _set(self, user: str, item: str, action: str) -> None:
        if self.lagging:
            return
        interactions = self.interactions.setdefault(user, {})
        interactions.pop(item, None)
        if action != "undo":
            interactions[item] = action

    def _recs(self, user: str) -> JsonAnswer:
        known = self.interactions.get(user, {})
        new = [item for item in self.genres if item not in known]
        chosen = sorted(new, key=lambda item: self.shown[user, item])[: self._k()]
        self.shown.update((user, item) for item in chosen)
        liked = [item for item, action in known.items() if action == "like"]
        return self._list(chosen, "personal" if liked else "popular", liked[-2:])

    def _popular(self) -> JsonAnswer:
        genre, user = request.args.get("genre"), request.args.get("user_id", "")
        chosen = [
            item
            for item, genres in self.genres.items()
            if item not in self.interactions.get(user, {}) and (genre is None or genre in genres)
        ]
        return self._list(chosen[: self._k()], "popular", [])

    def _list(self, items: list[str], source: str, because: list[str]) -> JsonAnswer:
        explained = [
            {
                "item_id": item,
                "source": source,
                "score": 1.0,
                "because": because,
                "genres": self.genres.get(item, []),
            }
            for item in items
        ]
        more = {"items": explained} if request.args.get("explain") == "1" else {}
        return {"item_ids": items, **more}

    def _interactions_of(self, user: str) -> JsonAnswer:
        newest_first = list(reversed(self.interactions.get(user, {}).items()))
        return {
            "liked": [item for item, action in newest_first if action == "like"],
            "disliked": [item for item, action in newest_first if action == "dislike"],
        }

    def _items(self) -> JsonAnswer:
        known = [item for item in request.get_json()["ids"] if item in self.genres]
        return {"items": [{"item_id": item, "genres": self.genres[item]} for item in known]}

    def _catalogue(self) -> JsonAnswer:
        counts = Counter(genre for genres in self.genres.values() for genre in genres)
        return {
            "generation": self.generation,
            "first": self.generation == 1,
            "items": len(self.genres),
            "genres": counts,
        }

    def _add_items(self) -> JsonAnswer:
        body = request.get_json()
        if request.args.get("generation", str(self.generation)) != str(self.generation):
            abort(409)
        self.genres |= dict(zip(body["item_ids"], body["genres"], strict=True))
        return {}

    def _k(self) -> int:
        return int(request.args.get("k", 10))
