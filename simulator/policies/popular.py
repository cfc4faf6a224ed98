"""The two simplest policies: by lot, and what most people like."""

from collections import Counter
from collections.abc import Sequence
from random import Random

from simulator.scores import LENGTH

TOP = 100


class Lottery:
    """Any titles that this viewer has not reacted to."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.item_ids: list[str] = []
        self.reacted: dict[str, set[str]] = {}

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Take titles into the catalogue."""
        self.item_ids.extend(item_ids)

    def recommend(self, user_id: str) -> list[str]:
        """Draw ten."""
        return self.filled([], user_id)

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Remember what not to offer again."""
        self.reacted.setdefault(user_id, set()).add(item_id)

    def filled(self, begun: list[str], user_id: str) -> list[str]:
        """Complete a list by lot."""
        taken = self.reacted.get(user_id, set()).union(begun)
        wanted = min(LENGTH, len(self.item_ids) - len(taken) + len(begun))
        while len(begun) < wanted:
            item_id = self.random.choice(self.item_ids)
            if item_id not in taken:
                taken.add(item_id)
                begun.append(item_id)
        return begun


class TopHundred(Lottery):
    """Ten of the hundred most liked, by lot; by lot of all when he has reacted to those."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.likes: Counter[str] = Counter()

    def recommend(self, user_id: str) -> list[str]:
        """Draw from the top."""
        reacted = self.reacted.get(user_id, set())
        top = [item for item, _ in self.likes.most_common(TOP) if item not in reacted]
        return self.filled(self.random.sample(top, min(LENGTH, len(top))), user_id)

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Count likes."""
        super().react(user_id, item_id, like)
        self.likes[item_id] += like
