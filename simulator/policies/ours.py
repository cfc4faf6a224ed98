"""The very ranking code of the service, in process: at once, with LightFM, and as served."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recs.ranking.ease import Ease
from recs.ranking.genres import GenreTable
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.ranking.ragged import Ragged
from recs.ranking.ranker import Ranker, Sources
from recs.ranking.reservations import LocalReservations, Wish
from recs.ranking.settings import RankingSettings
from recs.ranking.slates import NO_ENTRIES, Entries
from recs.ranking.user_state import UserState
from recs.ranking.window import Window
from recs.training import snapshot
from recs.training.dataset import Dataset
from recs.training.ease import fit_trusted_ease
from recs.training.embeddings import unit_vectors
from recs.training.fitting import fit
from recs.training.model import Model
from recs.training.settings import TrainingSettings
from recs.types import Row, UserId

VISITS_A_SECOND = 20
COUNT_EVERY = 2
"""Visits between two counts of the statistics worker: a tenth of a second."""
REFRESH_EVERY = 20
"""Visits between two thorough refreshes: a second."""
TRAIN_EVERY = 1200
"""Visits between two trainings: a minute."""
N_LISTS = 3
RESTOCK_EVERY = 10
"""Visits between two restockings of cold-start slates: half a second."""
COLD_START_SLATES = RESTOCK_EVERY
"""The service prepares more; before the next restocking nobody would take them."""
OLD_AFTER = 100
"""Visits after which the service ranks a slate again unasked: five seconds."""


@dataclass(slots=True)
class Memory:
    """What Redis would hold of one user."""

    signs: dict[Row, int] = field(default_factory=dict)
    shown: list[Row] = field(default_factory=list)

    def state(self) -> UserState:
        """Return it as a ranker reads it."""
        return UserState(
            np.fromiter(self.signs.keys(), np.int64, len(self.signs)),
            np.fromiter(self.signs.values(), np.int64, len(self.signs)),
            np.array(self.shown, np.int64),
        )


class Catalogue:
    """Items by row, as the service's catalogue has them."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.rows: dict[str, Row] = {}
        self.genres: list[list[int]] = []
        self.columns: dict[str, int] = {}

    def add(self, item_ids: Sequence[str], genres: Sequence[Sequence[str]]) -> None:
        """Take in new items."""
        for item_id, names in zip(item_ids, genres, strict=True):
            self.rows[item_id] = len(self.ids)
            self.ids.append(item_id)
            self.genres.append(
                [self.columns.setdefault(name, len(self.columns)) for name in dict.fromkeys(names)]
            )

    def table(self) -> GenreTable:
        """Return the genres of all items."""
        return GenreTable(Ragged.of(self.genres), list(self.columns))


class Ours:
    """Ranks each visit anew, out of statistics that are half a second old at most."""

    with_ease = True

    def __init__(self, seed: int, settings: RankingSettings | None = None) -> None:
        self.settings = settings or RankingSettings()
        self.catalogue = Catalogue()
        self.window = self.new_window(seed)
        self.ranker = Ranker(self.settings, seed)
        self.reservations = LocalReservations(ttl_seconds=60.0)
        self.memories: dict[str, Memory] = {}
        self.vectors: ItemVectors | None = None
        self.ease: Ease | None = None
        self.visits = 0
        self._statistics: ItemStatistics | None = None

    def new_window(self, seed: int) -> Window:
        """Return the window; a policy that leaves a part out makes another one."""
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
        return _rows(self.slate_for(user_id, NO_ENTRIES, n_lists=1))

    def slate_for(self, user_id: str, before: Entries, n_lists: int) -> Entries:
        """Rank the next lists of a user. before: what was not served of the slate before."""
        user = replace(self.state_of(user_id), slate=before)
        return self.ranker.rank([user], self.sources(), self.claim, n_lists)[0]

    def learn(self) -> None:
        """Take in a whole history, as the service does within a minute."""
        self._statistics = self.window.refresh()
        while self.window.n_waiting:
            self._statistics = self.window.refresh()
        self.train()

    def train(self) -> None:
        """Fit the models, as the service does each minute."""
        if self._statistics is None or not self.with_ease:
            return
        arrays = snapshot.to_arrays(self.window, self.catalogue.table(), 0, 0, {})[0]
        likes, rates = snapshot.for_ease(arrays, self._statistics)
        rng = np.random.default_rng(self.visits)
        training = TrainingSettings()
        self.ease = fit_trusted_ease(
            likes, rates, training.ease_items, training.ease_regularization, rng
        )

    def sources(self) -> Sources:
        """Return what slates are ranked from."""
        assert self._statistics is not None
        return Sources(self._statistics, self.vectors, ease=self.ease)

    def claim(self, wishes: Sequence[Wish]) -> list[list[Row]]:
        """Reserve items to explore."""
        return self.reservations.claim(self.visits / VISITS_A_SECOND, wishes)

    def pass_time(self) -> None:
        """Do what the service does by the clock."""
        self.visits += 1
        if self.visits % TRAIN_EVERY == 0:
            self.train()
        if self.visits % COUNT_EVERY == 0:
            thoroughly = self.visits % REFRESH_EVERY == 0
            self._statistics = self.window.refresh(thoroughly)


class Modelled(Ours):
    """The same with LightFM, fitted as the service fits it."""

    def __init__(self, seed: int, settings: RankingSettings | None = None) -> None:
        super().__init__(seed, settings)
        self._seed = seed
        self._model: Model | None = None

    def train(self) -> None:
        """Fit LightFM, too."""
        super().train()
        arrays, meta = snapshot.to_arrays(self.window, self.catalogue.table(), 0, 0, {})
        fitted = fit(Dataset.from_arrays(arrays, meta), self._model, seed=self._seed)
        if fitted is not None:
            self._model = fitted[0]
            self.vectors = ItemVectors(unit_vectors(self._model.item_vectors))


class Served(Modelled):
    """The same with the delays of the service.

    A slate is ranked again after an interaction; else its next lists are served, until it is old or
    at its end. Newcomers get cold-start slates that were prepared a little earlier.
    """

    def __init__(self, seed: int, settings: RankingSettings | None = None) -> None:
        super().__init__(seed, settings)
        self._slates: dict[str, tuple[int, Entries]] = {}
        self._cold_start: list[Entries] = []

    def list_for(self, user_id: str) -> list[Row]:
        """Serve the next ten of a slate that was made before."""
        if user_id not in self._slates and self._cold_start:
            self._slates[user_id] = self.visits, self._cold_start.pop(0)
        ranked_at, slate = self._slates.get(user_id, (0, NO_ENTRIES))
        length = self.settings.list_length
        if len(slate) < length or self.visits - ranked_at > OLD_AFTER:
            ranked_at, slate = self.visits, self.slate_for(user_id, slate, N_LISTS)
        self._slates[user_id] = ranked_at, slate[length:]
        return _rows(slate[:length])

    def react(self, user_id: str, item_id: str, like: bool) -> None:
        """Take in an interaction; the slate is ranked again before the user comes back."""
        super().react(user_id, item_id, like)
        self._slates[user_id] = -OLD_AFTER - 1, self._slates[user_id][1]

    def pass_time(self) -> None:
        """Restock cold-start slates, too."""
        super().pass_time()
        if self.visits % RESTOCK_EVERY == 1 or not self._cold_start:
            self._cold_start = self.ranker.cold_start_slates(
                self.sources(), self.claim, COLD_START_SLATES, N_LISTS, self._cold_start
            )


def _rows(entries: Entries) -> list[Row]:
    return [int(row) for row in entries["row"]]
