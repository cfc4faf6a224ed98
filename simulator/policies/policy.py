"""The interface of a policy."""

from collections.abc import Sequence
from typing import Protocol


class Policy(Protocol):
    """Stands in for the service in one game. Each game has a new one."""

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Take items into the catalogue."""

    def recommend(self, user_id: str) -> list[str]:
        """Return ten items for a visit, best first, and count them as shown."""

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Take in an interaction."""

    def learn(self) -> None:
        """Fit models after a history was imported."""
