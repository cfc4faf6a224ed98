"""Users who tell an index of similar items what they do."""

from array import array
from collections.abc import Sequence

import numpy as np

from recs.ranking.settings import RankingSettings
from recs.ranking.similarity import Similarity
from recs.ranking.similarity_index import SimilarityIndex
from recs.ranking.user_events import UserEvents

N_ITEMS = 6


class Crowd:
    """An index, and users who tell it what they do."""

    def __init__(self, settings: RankingSettings | None = None) -> None:
        self.index = SimilarityIndex(settings or RankingSettings())
        self.index.grow_to(N_ITEMS)
        self.users: list[UserEvents] = []

    def comes(
        self,
        likes: Sequence[int] = (),
        dislikes: Sequence[int] = (),
        shown: Sequence[int] = (),
        response_rate: float = 1.0,
        organic: int = 0,
    ) -> UserEvents:
        user = UserEvents(len(self.users))
        self.users.append(user)
        user.shown, user.response_rate, user.organic = array("i", shown), response_rate, organic
        for row in likes:
            self.says(user, row, +1)
        for row in dislikes:
            self.says(user, row, -1)
        return user

    def says(self, user: UserEvents, row: int, sign: int) -> None:
        """Let a user change their sign of an item, as the window does."""
        if row not in user.rows:
            user.rows.append(row)
            user.signs.append(0)
        place = user.rows.index(row)
        before, user.signs[place] = user.signs[place], sign
        self.index.interacted(user, row, before, sign)

    def refresh(self, rate: float = 0.5, quality: float = 1.0, organic: float = 0.0) -> Similarity:
        return self.index.refresh(np.full(N_ITEMS, rate), np.full(N_ITEMS, quality), organic)
