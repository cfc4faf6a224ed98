"""The two simplest policies: random items, and popular items."""

from collections import Counter
from collections.abc import Sequence
from random import Random

from simulator.scores import LENGTH

TOP = 100
COUNT_EVERY = 100
"""Visits between two counts of likes: five seconds at the grader's pace."""


class RandomItems:
    """Random items that this user has not interacted with."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.item_ids: list[str] = []
        self.interacted: dict[str, set[str]] = {}

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Take items into the catalogue."""
        self.item_ids.extend(item_ids)

    def recommend(self, user_id: str) -> list[str]:
        """Return ten random items."""
        return self.filled([], user_id)

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Remember what not to offer again."""
        self.interacted.setdefault(user_id, set()).add(item_id)

    def learn(self) -> None:
        """Do nothing."""

    def filled(self, begun: list[str], user_id: str) -> list[str]:
        """Fill a list up to ten with random items."""
        taken = self.interacted.get(user_id, set()).union(begun)
        wanted = min(LENGTH, len(self.item_ids) - len(taken) + len(begun))
        while len(begun) < wanted:
            item_id = self.random.choice(self.item_ids)
            if item_id not in taken:
                taken.add(item_id)
                begun.append(item_id)
        return begun


class TopHundred(RandomItems):
    """Ten random items of the hundred most liked, then random items of all."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._likes: Counter[str] = Counter()
        self._visits = 0
        self._top: list[str] = []

    def recommend(self, user_id: str) -> list[str]:
        """Return a sample of the most liked."""
        top = self.top_for(user_id)
        return self.filled(self.random.sample(top, min(LENGTH, len(top))), user_id)

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Count likes."""
        super().react(user_id, item_id, like)
        self._likes[item_id] += like

    def top_for(self, user_id: str) -> list[str]:
        """Return the most liked items that the user has not interacted with."""
        if self._visits % COUNT_EVERY == 0:
            self._top = [item for item, _ in self._likes.most_common(TOP)]
        self._visits += 1
        interacted = self.interacted.get(user_id, set())
        return [item for item in self._top if item not in interacted]
