"""The page's HTTP client for the collector and the recommender."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx

from app import request_ids
from recs.settings import Settings

Action = Literal["like", "dislike", "watched", "undo"]

TIMEOUT = httpx.Timeout(2.0, connect=0.5)
ADDING_TIMEOUT = httpx.Timeout(30.0, connect=0.5)
ITEMS_A_PAGE = 1000
PAGES_MOST = 20
"""Of a user's interactions: the newest 20,000 are enough to mark titles."""

Wanted = Mapping[str, Any]
"""Filters, as the recommender takes them."""
NO_FILTERS: Wanted = {}


class ServiceDown(Exception):
    """A service does not answer, or answers 5xx or 429."""

    def __init__(self, service: str, retry_after_seconds: int = 1) -> None:
        super().__init__(f"the {service} does not answer; again in {retry_after_seconds} s")
        self.retry_after_seconds = retry_after_seconds


class Refused(Exception):
    """A service refuses the request (4xx); `detail` is the text of its answer."""

    def __init__(self, service: str, detail: str) -> None:
        super().__init__(f"the {service} refused: {detail}")
        self.detail = detail


class GenerationOver(Refused):
    """Somebody has called /cleanup since."""


@dataclass(frozen=True)
class Entry:
    """An item of a list, with the reasons why it is recommended."""

    item_id: str
    source: str = ""
    because: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()
    likes: int = 0
    """How many users like it; 0 if that is not known."""
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    """Why it is similar to another item, the strongest first."""

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """Read an entry of an answer, or what `asdict` made of one."""
        return cls(
            item_id=str(fields["item_id"]),
            source=str(fields.get("source") or ""),
            because=_texts(fields.get("because")),
            genres=_texts(fields.get("genres")),
            likes=likes if isinstance(likes := fields.get("likes"), int) else 0,
            score=float(fields.get("score") or 0),
            reasons=_texts(fields.get("reasons")),
        )


class Services:
    """The collector and the recommender. Threads may share it. The constructor sends nothing.

    Every method raises ServiceDown or Refused.
    """

    def __init__(self, settings: Settings) -> None:
        self._addresses = {"collector": settings.collector, "recommender": settings.recommender}
        token = settings.api_token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Loading certificates takes a third of a second, so only for https.
        secure = any(address.startswith("https:") for address in self._addresses.values())
        # The environment's proxy is for the internet, not for our own services.
        self._client = httpx.Client(
            headers=headers, timeout=TIMEOUT, verify=secure, trust_env=False
        )

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def interact(self, user_id: str, item_id: str, action: Action) -> int:
        """Return when the interaction is durably queued, with the `after` for `recommended`."""
        if action == "undo":
            path = f"/interact/{_part(user_id)}/{_part(item_id)}"
            answer = self._call("collector", "DELETE", path).json()
        else:
            body = {"user_id": user_id, "item_ids": [item_id], "actions": [action]}
            answer = self._call("collector", "POST", "/interact", json=body).json()
        return int(answer.get("after") or 0)

    def recommended(
        self, user_id: str, k: int, wanted: Wanted = NO_FILTERS, after: int = 0
    ) -> list[Entry]:
        """Return a user's next k items. Nothing is recorded: see `seen`.

        after: what `interact` returned. Waits a moment for a list that is ranked with it.
        """
        query = {"k": k, "explain": 1, "peek": 1, **wanted, **({"after": after} if after else {})}
        return _entries(self._get(f"/recs/{_part(user_id)}", query))

    def recommended_to(self, user_ids: Sequence[str], k: int) -> list[Entry]:
        """Return the next k items for several users together. Nothing is recorded."""
        query = {"users": list(user_ids), "k": k, "explain": 1, "peek": 1}
        return _entries(self._get("/recs", query))

    def seen(self, user_id: str, item_ids: Sequence[str]) -> None:
        """Record impressions: the user has seen these items."""
        body = {"item_ids": list(item_ids)}
        self._call("recommender", "POST", f"/users/{_part(user_id)}/impressions", json=body)

    def popular(self, user_id: str, k: int, wanted: Wanted = NO_FILTERS) -> list[Entry]:
        """Return the most liked items, without those that user_id (if any) interacted with."""
        query = {"k": k, "explain": 1, **_of(user_id), **wanted}
        return _entries(self._get("/popular", query))

    def latest(self, user_id: str, k: int, wanted: Wanted = NO_FILTERS) -> list[Entry]:
        """Return the newest items, without those that user_id (if any) interacted with."""
        return _entries(self._get("/latest", {"k": k, **_of(user_id), **wanted}))

    def similar(self, item_id: str, k: int) -> list[Entry]:
        """Return items similar to one, nearest first. Raises Refused for an unknown item."""
        return _entries(self._get(f"/similar/{_part(item_id)}", {"k": k}))

    def interactions(self, user_id: str) -> dict[str, Action]:
        """Return a user's likes, then dislikes, then watched items; each kind newest first."""
        said: dict[Action, list[str]] = {"like": [], "dislike": [], "watched": []}
        path = f"/users/{_part(user_id)}/interactions"
        query: dict[str, Any] = {}
        for _ in range(PAGES_MOST):
            page = self._get(path, query)
            for action, name in zip(said, ("liked", "disliked", "watched"), strict=True):
                said[action] += page.get(name, [])
            if "next" not in page:
                break
            query = {"cursor": page["next"]}
        return {item: action for action, items in said.items() for item in items}

    def items(self, item_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return the attributes of those items that are in the catalogue."""
        # In the body, because an address has at most 8,190 bytes.
        ids = {"ids": list(item_ids)}
        answer: dict[str, Any] = self._call("recommender", "POST", "/items", json=ids).json()
        return {str(item["item_id"]): item for item in answer.get("items", [])}

    def all_items(self) -> Iterator[dict[str, Any]]:
        """Yield the attributes of all items of the catalogue, read page by page."""
        cursor: int | None = 0
        while cursor is not None:
            page = self._get("/items", {"limit": ITEMS_A_PAGE, "cursor": cursor})
            yield from page.get("items", [])
            cursor = page.get("next")

    def counters(self, item_id: str) -> dict[str, Any]:
        """Return how often an item was shown, liked and disliked."""
        return self._get(f"/items/{_part(item_id)}/statistics")

    def catalogue(self) -> dict[str, Any]:
        """Return the catalogue's `generation`, `first`, `version` and counts."""
        return self._get("/catalogue")

    def generation(self) -> int:
        """Return the current generation."""
        return int(self.catalogue()["generation"])

    def stats(self) -> dict[str, Any]:
        """Return the numbers of the dashboard."""
        return self._get("/stats")

    def readiness(self, service: str) -> dict[str, Any]:
        """Return the answer of /readyz, also if it is a 503. Raises ServiceDown."""
        try:
            answer: dict[str, Any] = self._client.get(f"{self._addresses[service]}/readyz").json()
        except (httpx.HTTPError, ValueError) as error:
            raise ServiceDown(service) from error
        return answer

    def collector_is_up(self) -> bool:
        """Return whether the collector answers. Raises nothing."""
        try:
            self._call("collector", "GET", "/healthcheck")
        except (ServiceDown, Refused):
            return False
        return True

    def add_items(
        self,
        generation: int,
        item_ids: Sequence[str],
        genres: Sequence[Sequence[str] | None],
        **told: Sequence[Any],
    ) -> None:
        """Add items to the catalogue of a generation. Raises GenerationOver.

        told: `titles`, `years`, `kinds`, `countries`, `people`, `links`: each a list parallel to
        the ids; None for unknown.
        """
        self._call(
            "recommender",
            "POST",
            "/add_items",
            params={"generation": generation},
            json={"item_ids": item_ids, "genres": genres, **told},
            timeout=ADDING_TIMEOUT,
        )

    def _get(self, path: str, query: dict[str, Any] | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = self._call("recommender", "GET", path, params=query).json()
        return answer

    def _call(self, service: str, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._client.request(
                method, self._addresses[service] + path, headers=_same_id(), **options
            )
        except httpx.HTTPError as error:
            raise ServiceDown(service) from error
        if response.status_code >= 500 or response.status_code == 429:
            raise ServiceDown(service, _retry_after(response))
        if response.is_error:
            refusal = GenerationOver if response.status_code == 409 else Refused
            raise refusal(service, response.text[:500])
        return response


def _same_id() -> dict[str, str]:
    """Pass on the request id, so that logs of the services have that of the page's request."""
    request_id = request_ids.of_request()
    return {request_ids.HEADER: request_id} if request_id else {}


def _of(user_id: str) -> Wanted:
    """Return the parameter that leaves out a user's interactions; none without a user."""
    return {"user_id": user_id} if user_id else {}


def _part(text: str) -> str:
    """Encode an id as one part of a path; also slashes, and dots, because of ".."."""
    return quote(text, safe="").replace(".", "%2E")


def _retry_after(response: httpx.Response) -> int:
    text = response.headers.get("Retry-After", "")
    return int(text) if text.isdecimal() else 1


def _entries(answer: dict[str, Any]) -> list[Entry]:
    """Read a list, with its explanations if there are any."""
    explained = {item["item_id"]: item for item in answer.get("items", [])}
    return [Entry.read(explained.get(each, {"item_id": each})) for each in answer["item_ids"]]


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(str, values)) if isinstance(values, list | tuple) else ()
