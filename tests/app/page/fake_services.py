"""Both services in memory, as far as the page uses them.

test_client.py compares them with the real ones.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from zlib import crc32

from flask import Flask, Response, abort, request
from werkzeug.serving import make_server

JsonAnswer = dict[str, Any]
FAKE = "kinolenta.fake"

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


def wait_for_titles() -> None:
    """Wait until the page has read the catalogue, if it does: its client must not be closed."""
    for thread in threading.enumerate():
        if thread.name == "titles":
            thread.join()


def end(app: Flask) -> None:
    """Close the connections of a page."""
    wait_for_titles()
    app.extensions["page"].services.close()


class FakeServices:
    """Recommend items in the order of the catalogue, those first that the user saw least often."""

    def __init__(self) -> None:
        self.generation = 1
        self.genres: dict[str, list[str]] = {}
        self.told: dict[str, JsonAnswer] = {}
        """Of items: title, year and so on."""
        self.seen: dict[str, list[str]] = {}
        """Of users: the items that were recorded as shown."""
        self.interactions: dict[str, dict[str, str]] = {}
        self.interactions_a_page = 1_000
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
        self.told, self.seen = {}, {}

    @contextmanager
    def served(self) -> Iterator[str]:
        """Answer at the address that is given, until the end of the block."""
        app = _app()
        server = make_server(
            "127.0.0.1",
            0,
            lambda environ, start: app({**environ, FAKE: self}, start),
            threaded=True,
        )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

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
        return {"after": 77}

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
        new = [item for item in self._wanted() if item not in known]
        chosen = sorted(new, key=lambda item: self.shown[user, item])[: self._k()]
        if request.args.get("peek") != "1":
            self.shown.update((user, item) for item in chosen)
        liked = [item for item, action in known.items() if action == "like"]
        return self._list(chosen, "personal" if liked else "popular", liked[-2:])

    def _group(self) -> JsonAnswer:
        known = {
            item
            for user in request.args.getlist("users")
            for item in self.interactions.get(user, {})
        }
        return self._list(
            [each for each in self._wanted() if each not in known][: self._k()], "", []
        )

    def _impressions(self, user: str) -> JsonAnswer:
        items = [str(each) for each in request.get_json()["item_ids"]]
        self.seen.setdefault(user, []).extend(items)
        self.shown.update((user, item) for item in items)
        return {}

    def _popular(self) -> JsonAnswer:
        user = request.args.get("user_id", "")
        chosen = [item for item in self._wanted() if item not in self.interactions.get(user, {})]
        return self._list(chosen[: self._k()], "popular", [])

    def _latest(self) -> JsonAnswer:
        user = request.args.get("user_id", "")
        chosen = [item for item in self._wanted() if item not in self.interactions.get(user, {})]
        return {"item_ids": chosen[::-1][: self._k()]}

    def _similar(self, item: str) -> JsonAnswer:
        if item not in self.genres:
            abort(404)
        alike = [
            {
                "item_id": other,
                "score": 0.5,
                "reasons": ["genres"],
                "genres": sorted(set(genres) & set(self.genres[item])),
            }
            for other, genres in self.genres.items()
            if other != item and set(genres) & set(self.genres[item])
        ][: self._k()]
        return {"item_ids": [each["item_id"] for each in alike], "items": alike}

    def _counters(self, item: str) -> JsonAnswer:
        said = [actions.get(item) for actions in self.interactions.values()]
        return {
            "likes": said.count("like"),
            "dislikes": said.count("dislike"),
            "watched": said.count("watched"),
            "impressions": sum(items.count(item) for items in self.seen.values()),
        }

    def _page(self) -> JsonAnswer:
        ids = list(self.genres)
        first, limit = int(request.args.get("cursor", 0)), int(request.args.get("limit", 100))
        answer: JsonAnswer = {"items": [self._item(each) for each in ids[first : first + limit]]}
        return answer | ({"next": first + limit} if first + limit < len(ids) else {})

    def _item(self, item: str) -> JsonAnswer:
        return {"item_id": item, "genres": self.genres[item], **self.told.get(item, {})}

    def _wanted(self) -> list[str]:
        """Return the items that the filters of the address allow."""
        genres, without = request.args.getlist("genre"), request.args.getlist("without_genre")
        kind, years = request.args.get("kind"), request.args.get("year", "")
        country = request.args.get("country")
        first, _, last = years.partition("-")
        return [
            item
            for item, has in self.genres.items()
            if (not genres or set(genres) & set(has))
            and not set(without) & set(has)
            and (not kind or self.told.get(item, {}).get("kind") == kind)
            and (not country or country in self.told.get(item, {}).get("countries", ()))
            and (not years or int(first) <= self.told.get(item, {}).get("year", 0) <= int(last))
        ]

    def _list(self, items: list[str], source: str, because: list[str]) -> JsonAnswer:
        explained = [
            {
                "item_id": item,
                "source": source,
                "score": 1.0,
                "likes": sum(said.get(item) == "like" for said in self.interactions.values()),
                "because": because,
                "genres": self.genres.get(item, []),
            }
            for item in items
        ]
        more = {"items": explained} if request.args.get("explain") == "1" else {}
        return {"item_ids": items, **more}

    def _interactions_of(self, user: str) -> JsonAnswer:
        start, end = int(request.args.get("cursor", 0)), self.interactions_a_page
        newest_first = list(reversed(self.interactions.get(user, {}).items()))[start:]
        newest_first, rest = newest_first[:end], newest_first[end:]
        return {
            **({"next": str(start + end)} if rest else {}),
            "liked": [item for item, action in newest_first if action == "like"],
            "disliked": [item for item, action in newest_first if action == "dislike"],
            "watched": [item for item, action in newest_first if action == "watched"],
        }

    def _items(self) -> JsonAnswer:
        known = [item for item in request.get_json()["ids"] if item in self.genres]
        return {"items": [self._item(item) for item in known]}

    def _catalogue(self) -> JsonAnswer:
        counts = Counter(genre for genres in self.genres.values() for genre in genres)
        return {
            "generation": self.generation,
            "first": self.generation == 1,
            "version": crc32(repr((self.genres, self.told)).encode()) if self.genres else 0,
            "items": len(self.genres),
            "genres": counts,
            "countries": Counter(
                name for told in self.told.values() for name in told.get("countries", ())
            ),
        }

    def _add_items(self) -> JsonAnswer:
        body = request.get_json()
        if request.args.get("generation", str(self.generation)) != str(self.generation):
            abort(409)
        self.genres |= {
            item: genres or []
            for item, genres in zip(body["item_ids"], body["genres"], strict=True)
        }
        names = {
            **{"titles": "title", "years": "year", "kinds": "kind", "links": "link"},
            **{"countries": "countries", "people": "people"},
        }
        for plural, name in names.items():
            for item, value in zip(body["item_ids"], body.get(plural, []), strict=False):
                if value is not None:
                    self.told.setdefault(item, {})[name] = value
        return {}

    def _k(self) -> int:
        return int(request.args.get("k", 10))


@cache
def _app() -> Flask:
    """Make the app of all fake services. Which of them is asked stands in the request."""
    app = Flask(__name__)
    app.url_map.merge_slashes = False

    def ask(view: Callable[..., Any]) -> Callable[..., Any]:
        return lambda **ids: view(request.environ[FAKE], **ids)

    app.before_request(ask(FakeServices._note))
    for method, rule, view in (
        ("GET", "/healthcheck", FakeServices._healthcheck),
        ("POST", "/interact", FakeServices._interact),
        ("DELETE", "/interact/<path:ids>", FakeServices._undo),
        ("GET", "/recs/<path:user>", FakeServices._recs),
        ("GET", "/recs", FakeServices._group),
        ("GET", "/latest", FakeServices._latest),
        ("GET", "/similar/<path:item>", FakeServices._similar),
        ("POST", "/users/<path:user>/impressions", FakeServices._impressions),
        ("GET", "/items/<path:item>/statistics", FakeServices._counters),
        ("GET", "/items", FakeServices._page),
        ("GET", "/popular", FakeServices._popular),
        ("GET", "/users/<path:user>/interactions", FakeServices._interactions_of),
        ("POST", "/items", FakeServices._items),
        ("GET", "/readyz", FakeServices._readyz),
        ("GET", "/catalogue", FakeServices._catalogue),
        ("POST", "/add_items", FakeServices._add_items),
        ("GET", "/stats", FakeServices._stats),
    ):
        app.add_url_rule(rule, f"{method} {rule}", ask(view), methods=[method])
    return app
