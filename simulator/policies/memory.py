"""In place of Redis and the catalogue, for the policies that run our ranking code."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from recs.ranking.genres import GenreTable
from recs.ranking.ragged import Ragged
from recs.ranking.user_state import UserState
from recs.types import Row


@dataclass(slots=True)
class Memory:
    """What Redis would have of one user."""

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
