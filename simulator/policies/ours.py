"""The very ranking code of the service, in process: at once, with LightFM, and as served."""

from collections import deque
from collections.abc import Callable, Sequence

import pandas as pd

from recs.explanations import Entry
from recs.factors import Model
from recs.ranker import Ranker
from recs.ranking_settings import RankingSettings
from recs.training import train_model
from recs.types import ItemId, UserId

LEARN_EVERY = 40
"""Visits between two background passes: two seconds. The service does it each second."""
LEARN_EVERY_AT_FIRST = 10
TRAIN_EVERY = 1200
"""Visits between two trainings: a minute."""

PAGES = 3
RESTOCK_EVERY = 10
"""Visits between two restockings of starters: half a second."""
STARTERS = RESTOCK_EVERY
"""The service prepares more; before the next restocking nobody would take them."""
OLD_AFTER = 100
"""Visits after which the service ranks a list again unasked: five seconds."""


class Ours:
    """Ranks each visit anew, by all that happened before it."""

    def __init__(
        self,
        seed: int,
        settings: RankingSettings | None = None,
        make_ranker: Callable[..., Ranker] = Ranker,
    ) -> None:
        self.ranker = make_ranker(settings or RankingSettings(), seed)
        self.visits = 0
        self._learnt_at = -LEARN_EVERY

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Take titles into the catalogue."""
        self.ranker.add_items(zip(map(ItemId, item_ids), genres, strict=True))

    def recommend(self, user_id: str) -> list[str]:
        """Rank one page."""
        self.pass_time()
        user = UserId(user_id)
        items = [entry.item for entry in self.page_for(user)]
        self.ranker.record_impressions(user, items)
        return list(items)

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Take in an interaction."""
        self.ranker.record_interaction(UserId(user_id), ItemId(item_id), 1 if like else -1)

    def page_for(self, user: UserId) -> Sequence[Entry]:
        """Rank the next ten."""
        return self.ranker.rank(user, pages=1)

    def pass_time(self) -> None:
        """Do what the service does by the clock."""
        self.visits += 1
        period = LEARN_EVERY_AT_FIRST if self.visits < 10 * LEARN_EVERY else LEARN_EVERY
        if self.visits - self._learnt_at >= period:
            self._learnt_at = self.visits
            self.ranker.learn()


class Modelled(Ours):
    """The same with LightFM, trained as the service trains it."""

    def __init__(self, seed: int, settings: RankingSettings | None = None) -> None:
        super().__init__(seed, settings)
        self._seed = seed
        self._log: list[tuple[str, str, str, int]] = []
        self._catalogue: dict[ItemId, Sequence[str]] = {}
        self._model: Model | None = None

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Take titles into the catalogue."""
        super().add_items(item_ids, genres)
        self._catalogue.update(zip(map(ItemId, item_ids), genres, strict=True))

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Take in an interaction, and log it for training."""
        super().react(user_id, item_id, like)
        self._log.append((user_id, item_id, "like" if like else "dislike", self.visits))

    def pass_time(self) -> None:
        """Train, too."""
        super().pass_time()
        if self.visits % TRAIN_EVERY == 0:
            columns = ["user_id", "item_id", "action", "timestamp"]
            interactions = pd.DataFrame(self._log, columns=columns)
            trained = train_model(interactions, self._catalogue, self._model, seed=self._seed)
            if trained is not None:
                self._model = trained[0]
                vectors = self._model.item_vectors
                self.ranker.set_model(str(self.visits), self._model.item_ids, vectors)


class Served(Modelled):
    """The same with the delays of the service.

    A list is ranked again after an interaction; else its next pages are served, until it is old or
    at its end. Newcomers get starters that were prepared a little earlier.
    """

    def __init__(self, seed: int, settings: RankingSettings | None = None) -> None:
        super().__init__(seed, settings)
        self._lists: dict[UserId, tuple[int, deque[Entry]]] = {}
        self._starters: deque[deque[Entry]] = deque()

    def page_for(self, user: UserId) -> Sequence[Entry]:
        """Serve the next ten of a list that was made before."""
        if user not in self._lists and self._starters:
            self._lists[user] = self.visits, self._starters.popleft()
        ranked_at, entries = self._lists.get(user, (0, deque()))
        length = self.ranker.settings.list_length
        if len(entries) < length or self.visits - ranked_at > OLD_AFTER:
            entries = deque(self.ranker.rank(user, PAGES))
            self._lists[user] = self.visits, entries
        return [entries.popleft() for _ in range(min(length, len(entries)))]

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Take in an interaction; his list is ranked again before he comes back."""
        super().react(user_id, item_id, like)
        self._lists[UserId(user_id)] = 0, deque()

    def pass_time(self) -> None:
        """Restock starters, too."""
        super().pass_time()
        if self.visits % RESTOCK_EVERY == 1 or not self._starters:
            starters = self.ranker.rank_starters(STARTERS)
            self._starters = deque(deque(entries) for entries in starters)
