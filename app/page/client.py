"""How the page talks to the two services: over HTTP, as any client does."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal, Self
from urllib.parse import quote

import httpx

from app.page.entries import Entry
from recs.settings import Settings

Action = Literal["like", "dislike", "undo"]

TIMEOUT = httpx.Timeout(2.0, connect=0.5)
ADDING_TIMEOUT = httpx.Timeout(30.0, connect=0.5)


class ServiceDown(Exception):
    """A service does not answer, or says that it cannot now."""

    def __init__(self, service: str, retry_after_seconds: int = 1) -> None:
        super().__init__(f"the {service} does not answer; again in {retry_after_seconds} s")
        self.service = service
        self.retry_after_seconds = retry_after_seconds


class Refused(Exception):
    """A service says that the request itself is wrong; `detail` holds its words."""

    def __init__(self, service: str, detail: str) -> None:
        super().__init__(f"the {service} refused: {detail}")
        self.detail = detail


class GenerationOver(Refused):
    """Somebody cleaned up meanwhile."""


class Services:
    """The collector and the recommender. May be shared by threads.

    Every method raises ServiceDown or Refused.
    """

    def __init__(self, collector: str, recommender: str, api_token: str = "") -> None:
        self._addresses = {"collector": collector, "recommender": recommender}
        headers = {"Authorization": f"Bearer {api_token}"} if api_token else {}
        # Certificates take a third of a second to read: only where there are some to check.
        secure = any(address.startswith("https:") for address in self._addresses.values())
        # A proxy of the environment is for the world outside, not for our neighbours.
        self._client = httpx.Client(
            headers=headers, timeout=TIMEOUT, verify=secure, trust_env=False
        )

    @classmethod
    def at(cls, settings: Settings) -> Self:
        """Know the services at the addresses of the settings. Nothing is sent yet."""
        return cls(settings.collector, settings.recommender, settings.api_token)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def react(self, viewer: str, item_id: str, action: Action) -> None:
        """Return once the interaction, or its undoing, is durably queued."""
        if action == "undo":
            path = f"/interact/{_part(viewer)}/{_part(item_id)}"
            self._call("collector", "DELETE", path)
        else:
            body = {"user_id": viewer, "item_ids": [item_id], "actions": [action]}
            self._call("collector", "POST", "/interact", json=body)

    def recommended(self, viewer: str, k: int) -> list[Entry]:
        """Ask for the next k titles. They count as shown: ask for no more than you show."""
        return _entries(self._ask(f"/recs/{_part(viewer)}", {"k": k, "explain": 1}))

    def popular(self, viewer: str, k: int, genre: str | None = None) -> list[Entry]:
        """Return what most people like, of one genre or of all, save what `viewer` reacted to."""
        query: dict[str, Any] = {"k": k, "user_id": viewer, "explain": 1}
        return _entries(self._ask("/popular", query | ({"genre": genre} if genre else {})))

    def interactions(self, viewer: str) -> dict[str, Action]:
        """Return each title that `viewer` reacted to, newest likes first, then dislikes."""
        answer = self._ask(f"/interactions/{_part(viewer)}")
        liked: dict[str, Action] = dict.fromkeys(answer.get("liked", []), "like")
        return liked | dict.fromkeys(answer.get("disliked", []), "dislike")

    def genres_of(self, item_ids: Iterable[str]) -> dict[str, list[str]]:
        """Return the genres of those titles that the recommender has in its catalogue."""
        answer = self._ask("/items", {"ids": list(item_ids)})
        return {item["item_id"]: item.get("genres") or [] for item in answer.get("items", [])}

    def catalogue(self) -> dict[str, Any]:
        """Return `generation`, `first` (nobody has cleaned up yet), the number of `items`, `genres`."""
        return self._ask("/catalogue")

    def stats(self) -> dict[str, Any]:
        """Return the figures of the engine room."""
        return self._ask("/stats")

    def collector_is_up(self) -> bool:
        """Tell whether the collector answers. Raises nothing."""
        try:
            self._call("collector", "GET", "/healthcheck")
        except (ServiceDown, Refused):
            return False
        return True

    def add(self, generation: int, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Make titles recommendable in a generation. Raises GenerationOver."""
        body, how = {"item_ids": item_ids, "genres": genres}, {"timeout": ADDING_TIMEOUT}
        self._call("recommender", "POST", "/add_items", params={"generation": generation}, json=body, **how)

    def _ask(self, path: str, query: dict[str, Any] | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = self._call("recommender", "GET", path, params=query).json()
        return answer

    def _call(self, service: str, method: str, path: str, **how: Any) -> httpx.Response:
        try:
            response = self._client.request(method, self._addresses[service] + path, **how)
        except httpx.HTTPError as error:
            raise ServiceDown(service) from error
        if response.status_code >= 500:
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
    """Read a list with its explanations; a service that explains nothing still gives ids."""
    explained = {item["item_id"]: item for item in answer.get("items", [])}
    return [Entry.read(explained.get(each, {"item_id": each})) for each in answer["item_ids"]]
