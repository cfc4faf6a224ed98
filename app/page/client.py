"""How the page talks to the collector and the recommender: over HTTP, as any client does."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx

from recs.settings import Settings

Action = Literal["like", "dislike", "undo"]

TIMEOUT = httpx.Timeout(2.0, connect=0.5)
ADDING_TIMEOUT = httpx.Timeout(30.0, connect=0.5)


class ServiceDown(Exception):
    """A service does not answer, or says that it cannot now, or not so often."""

    def __init__(self, service: str, retry_after_seconds: int = 1) -> None:
        super().__init__(f"the {service} does not answer; again in {retry_after_seconds} s")
        self.service = service
        self.retry_after_seconds = retry_after_seconds


class Refused(Exception):
    """A service says that the request itself is wrong; `detail` is the text of its answer."""

    def __init__(self, service: str, detail: str) -> None:
        super().__init__(f"the {service} refused: {detail}")
        self.detail = detail


class GenerationOver(Refused):
    """Somebody has called /cleanup meanwhile."""


@dataclass(frozen=True)
class Entry:
    """An item of a list, with the reason why it is recommended, as data."""

    item_id: str
    source: str = ""
    because: tuple[str, ...] = ()
    genres: tuple[str, ...] = ()

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> Self:
        """Take what is known from an answer or a form. Raises KeyError without an item_id."""
        return cls(
            item_id=str(fields["item_id"]),
            source=str(fields.get("source") or ""),
            because=_texts(fields.get("because")),
            genres=_texts(fields.get("genres")),
        )

    def fields(self) -> dict[str, Any]:
        """Return what `read` takes."""
        return asdict(self)


class Services:
    """The collector and the recommender. May be shared by threads.

    Every method raises ServiceDown or Refused.
    """

    def __init__(self, collector: str, recommender: str, api_token: str = "") -> None:
        self._addresses = {"collector": collector, "recommender": recommender}
        headers = {"Authorization": f"Bearer {api_token}"} if api_token else {}
        # Reading certificates takes a third of a second: only where there are some to check.
        secure = any(address.startswith("https:") for address in self._addresses.values())
        # A proxy of the environment is for the internet, not for services of our own.
        self._client = httpx.Client(
            headers=headers, timeout=TIMEOUT, verify=secure, trust_env=False
        )

    @classmethod
    def at(cls, settings: Settings) -> Self:
        """Take the addresses from the settings. Nothing is sent yet."""
        return cls(settings.collector, settings.recommender, settings.api_token)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def interact(self, user_id: str, item_id: str, action: Action) -> None:
        """Return once the interaction is durably queued."""
        if action == "undo":
            self._call("collector", "DELETE", f"/interact/{_part(user_id)}/{_part(item_id)}")
        else:
            body = {"user_id": user_id, "item_ids": [item_id], "actions": [action]}
            self._call("collector", "POST", "/interact", json=body)

    def recommended(self, user_id: str, k: int) -> list[Entry]:
        """Return a user's next k items. They count as impressions: ask only for what you show."""
        return _entries(self._get(f"/recs/{_part(user_id)}", {"k": k, "explain": 1}))

    def popular(self, user_id: str, k: int, genre: str | None = None) -> list[Entry]:
        """Return what most people like, of one genre or all, without the user's interactions."""
        query: dict[str, Any] = {"k": k, "user_id": user_id, "explain": 1}
        return _entries(self._get("/popular", query | ({"genre": genre} if genre else {})))

    def interactions(self, user_id: str) -> dict[str, Action]:
        """Return what a user likes and dislikes: likes first, of each kind the newest first."""
        answer = self._get(f"/users/{_part(user_id)}/interactions")
        liked: dict[str, Action] = dict.fromkeys(answer.get("liked", []), "like")
        return liked | dict.fromkeys(answer.get("disliked", []), "dislike")

    def genres_of(self, item_ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the genres of those items that the recommender has in its catalogue."""
        # In the body, for an address must not be longer than 8,190 bytes.
        ids = {"ids": list(item_ids)}
        answer: dict[str, Any] = self._call("recommender", "POST", "/items", json=ids).json()
        return {item["item_id"]: item.get("genres") or [] for item in answer.get("items", [])}

    def catalogue(self) -> dict[str, Any]:
        """Return the `generation`, whether it is the `first`, and the counts `items`, `genres`."""
        return self._get("/catalogue")

    def stats(self) -> dict[str, Any]:
        """Return what the dashboard shows."""
        return self._get("/stats")

    def readiness(self, service: str) -> dict[str, Any]:
        """Return what a service says at /readyz, also when it cannot serve. Raises ServiceDown."""
        try:
            answer: dict[str, Any] = self._client.get(f"{self._addresses[service]}/readyz").json()
        except (httpx.HTTPError, ValueError) as error:
            raise ServiceDown(service) from error
        return answer

    def collector_is_up(self) -> bool:
        """Tell whether the collector answers. Raises nothing."""
        try:
            self._call("collector", "GET", "/healthcheck")
        except (ServiceDown, Refused):
            return False
        return True

    def add_items(
        self, generation: int, item_ids: Sequence[str], genres: Sequence[Sequence[str] | None]
    ) -> None:
        """Add items to the catalogue of a generation. Raises GenerationOver."""
        self._call(
            "recommender",
            "POST",
            "/add_items",
            params={"generation": generation},
            json={"item_ids": item_ids, "genres": genres},
            timeout=ADDING_TIMEOUT,
        )

    def _get(self, path: str, query: dict[str, Any] | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = self._call("recommender", "GET", path, params=query).json()
        return answer

    def _call(self, service: str, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._client.request(method, self._addresses[service] + path, **options)
        except httpx.HTTPError as error:
            raise ServiceDown(service) from error
        if response.status_code >= 500 or response.status_code == 429:
            raise ServiceDown(service, _retry_after(response))
        if response.is_error:
            refusal = GenerationOver if response.status_code == 409 else Refused
            raise refusal(service, response.text[:500])
        return response


def _part(text: str) -> str:
    """Encode an id as one part of a path: slashes too, and dots, since ".." would lead upwards."""
    return quote(text, safe="").replace(".", "%2E")


def _retry_after(response: httpx.Response) -> int:
    text = response.headers.get("Retry-After", "")
    return int(text) if text.isdecimal() else 1


def _entries(answer: dict[str, Any]) -> list[Entry]:
    """Read a list with its explanations; without explanations, the ids."""
    explained = {item["item_id"]: item for item in answer.get("items", [])}
    return [Entry.read(explained.get(each, {"item_id": each})) for each in answer["item_ids"]]


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(map(str, values)) if isinstance(values, list | tuple) else ()
