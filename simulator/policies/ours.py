"""The ranking code of the service itself, in process, with its models and candidates."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recs.ranking.ease import Ease
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.ranker import Ranker
from recs.ranking.reservations import Wish
from recs.ranking.settings import RankingSettings
from recs.ranking.slates import NO_ENTRIES, Entries
from recs.ranking.sources import Sources
from recs.ranking.user_state import UserState
from recs.ranking.window import Window
from recs.stores.vectors import Vectors
from recs.training import snapshot
from recs.training.dataset import Dataset
from recs.training.ease import Likes, Rates, fit_trusted_ease
from recs.training.embeddings import unit_vectors
from recs.training.fitting import fit
from recs.training.model import Model
from recs.training.settings import TrainingSettings
from recs.types import Generation, Row, UserId
from simulator.policies.memory import Catalogue, Memory
from simulator.reservations import LocalReservations

VISITS_A_SECOND = 20
COUNT_EVERY = 2
"""Visits between two counts of the statistics worker: a tenth of a second."""
REFRESH_EVERY = 20
"""Visits between two thorough refreshes: a second."""
TRAIN_EVERY = 1200
"""Visits between two trainings: a minute."""


class Ours:
    """Ranks at each visit, with statistics that are a tenth of a second old at most."""

    with_ease = with_model = with_nearest = True

    def __init__(self, seed: int, settings: RankingSettings | None = None) -> None:
        self.settings = settings or RankingSettings()
        self.catalogue = Catalogue()
        self.window = self.new_window(seed)
        self.ranker = Ranker(self.settings, seed)
        self.reservations = LocalReservations(ttl_seconds=60.0)
        self.memories: dict[str, Memory] = {}
        self.vectors: ItemVectors | None = None
        """LightFM's."""
        self.ease: Ease | None = None
        self.visits = 0
        self._statistics: ItemStatistics | None = None
        self._seed = seed
        self._model: Model | None = None
        self._near = Vectors()

    def new_window(self, seed: int) -> Window:
        """Return the window. Policies that leave a part out override this."""
        return Window(self.settings, seed=seed)

    def state_of(self, user_id: str) -> UserState:
        """Return what a ranker knows of a user."""
        return self.memories.setdefault(user_id, Memory()).state()

    def add_items(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Take items into the catalogue."""
        self.catalogue.add(item_ids, genres)
        table = self.catalogue.table()
        self.window.set_items(np.ones(len(self.catalogue.ids), np.bool_), table)
        self._statistics = self.window.refresh()

    def recommend(self, user_id: str) -> list[str]:
        """Rank one list."""
        self.pass_time()
        rows = self.list_for(user_id)
        memory = self.memories.setdefault(user_id, Memory())
        memory.shown.extend(row for row in rows if row not in memory.shown)
        self.window.record_impressions(UserId(user_id), rows)
        return [self.catalogue.ids[row] for row in rows]

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Take in an interaction."""
        row, sign = self.catalogue.rows[item_id], 1 if like else -1
        self.memories.setdefault(user_id, Memory()).signs[row] = sign
        self.window.record_interaction(UserId(user_id), row, sign, float(self.visits))

    def list_for(self, user_id: str) -> list[Row]:
        """Rank the next ten."""
        return rows_of(self.slate_for(user_id, NO_ENTRIES, n_lists=1))

    def slate_for(self, user_id: str, before: Entries, n_lists: int) -> Entries:
        """Rank the next lists of a user. before: what is left of the previous slate."""
        user = replace(self.state_of(user_id), slate=before)
        return self.ranker.rank([user], self.sources(), self.claim, n_lists)[0]

    def learn(self) -> None:
        """Learn from an imported history, as the service does within a minute."""
        self._statistics = self.window.refresh()
        while self.window.n_waiting:
            self._statistics = self.window.refresh()
        self.train()

    def train(self) -> None:
        """Fit the models, as the service does each minute."""
        if self._statistics is None:
            return
        arrays, meta = snapshot.to_arrays(self.window, self.catalogue.table(), 0, {})
        if self.with_model:
            self._fit_model(Dataset.from_arrays(arrays, meta))
        if self.with_ease:
            self._fit_ease(
                *snapshot.for_ease(arrays, self._statistics, self.settings.watched_weight)
            )

    def sources(self) -> Sources:
        """Return what slates are ranked from."""
        assert self._statistics is not None
        near = self._near.nearest if self.with_nearest and self.vectors is not None else None
        return Sources(self._statistics, self.vectors, near, self.ease)

    def claim(self, wishes: Sequence[Wish]) -> list[list[Row]]:
        """Reserve items to explore."""
        return self.reservations.claim(self.visits / VISITS_A_SECOND, wishes)

    def pass_time(self) -> None:
        """Do what the service does at regular times."""
        self.visits += 1
        if self.visits % TRAIN_EVERY == 0:
            self.train()
        if self.visits % COUNT_EVERY == 0:
            thoroughly = self.visits % REFRESH_EVERY == 0
            self._statistics = self.window.refresh(thoroughly)

    def _fit_model(self, dataset: Dataset) -> None:
        fitted = fit(dataset, self._model, seed=self._seed)
        if fitted is not None:
            self._model = fitted[0]
            vectors = unit_vectors(self._model.item_vectors)
            self.vectors = ItemVectors(vectors)
            self._near.use(Generation(1), self.visits, vectors)

    def _fit_ease(self, likes: Likes, rates: Rates) -> None:
        training, rng = TrainingSettings(), np.random.default_rng(self.visits)
        self.ease = fit_trusted_ease(
            likes, rates, training.ease_items, training.ease_regularization, rng
        )


def rows_of(entries: Entries) -> list[Row]:
    """Return the items of a slate, best first."""
    return [int(row) for row in entries["row"]]
