"""Lists of users whose tastes few others share, where the others brought their histories."""

import numpy as np
import pytest

from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.ranker import Ranker
from recs.ranking.reservations import Wish
from recs.ranking.settings import RankingSettings
from recs.ranking.slates import Entries
from recs.ranking.sources import Sources
from recs.ranking.user_state import state_of
from recs.ranking.window import Window
from recs.types import Row, UserId
from tests.recs.ranking.tables import genre_table

N_ITEMS, N_GENRES = 1200, 12
OTHERS = 7
SETTINGS = RankingSettings()


def explore(wishes: list[Wish]) -> list[list[Row]]:
    return [list(wish.preferred[: wish.count]) for wish in wishes]


@pytest.mark.parametrize("n_tastes", [1, 2])
def test_who_has_clear_tastes_gets_them_and_not_what_the_few_others_like(n_tastes: int) -> None:
    genres = np.random.default_rng(0).permutation(N_ITEMS) % N_GENRES
    of_genre = [np.flatnonzero(genres == each).tolist() for each in range(N_GENRES)]
    window, me = Window(SETTINGS), UserId("me")
    window.set_items(np.ones(N_ITEMS, np.bool_), genre_table(*[(f"{each}",) for each in genres]))
    for number in range(OTHERS):
        for row in of_genre[number % 2][:15]:
            window.record_interaction(UserId(f"other {number}"), row, +1, 1.0)
    liked = [row for taste in range(n_tastes) for row in of_genre[4 + taste][:8]]
    for row in liked:
        window.record_interaction(me, row, +1, 2.0)

    [slate] = Ranker(SETTINGS).rank(
        [state_of(dict.fromkeys(liked, +1))], Sources(computed(window)), explore, n_lists=2
    )

    assert matches(slate, genres, n_tastes) >= 16


def computed(window: Window) -> ItemStatistics:
    statistics = window.refresh()
    while window.n_waiting:
        statistics = window.refresh()
    return statistics


def matches(slate: Entries, genres: "np.ndarray", n_tastes: int) -> int:
    """Return how many of twenty items have a genre that the user likes."""
    return int(np.isin(genres[slate["row"]], range(4, 4 + n_tastes)).sum())
