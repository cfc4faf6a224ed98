"""Lists for newcomers for whom no slate is prepared."""

import numpy as np

from app.improvising import Improvised
from recs.ranking.genres import GenreTable
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.ragged import Ragged
from recs.ranking.settings import RankingSettings
from recs.ranking.window import Window
from recs.types import UserId

N_ITEMS = 12


def statistics() -> ItemStatistics:
    """Count twelve items: the first two well known and much liked, the others never shown."""
    window = Window(RankingSettings())
    window.set_items(np.ones(N_ITEMS, np.bool_), GenreTable(Ragged.of([[]] * N_ITEMS), []))
    for number in range(100):
        user = UserId(f"u{number}")
        window.record_impressions(user, [0, 1])
        for row in (0, 1):
            window.record_interaction(user, row, 1, float(number))
    return window.refresh()


def test_what_is_much_liked_stays_and_what_was_never_shown_takes_turns() -> None:
    counted, improvised = statistics(), Improvised(RankingSettings())
    popular = counted.candidates.popular.astype(np.int64)

    given = [improvised.rows(popular, counted, 4).tolist() for _ in range(5)]

    assert [set(rows[:2]) for rows in given] == [{0, 1}] * 5
    assert sorted(row for rows in given for row in rows[2:]) == list(range(2, N_ITEMS))


def test_items_that_the_statistics_do_not_know_take_turns_after_the_others() -> None:
    counted, improvised = statistics(), Improvised(RankingSettings())
    popular = np.array([0, 1, N_ITEMS, N_ITEMS + 1, N_ITEMS + 2])

    given = [improvised.rows(popular, counted, 3).tolist() for _ in range(3)]

    assert [rows[2] - N_ITEMS for rows in given] == [0, 1, 2]


def test_without_statistics_all_items_take_turns() -> None:
    improvised, rows = Improvised(RankingSettings()), np.arange(4)

    assert [improvised.rows(rows, None, 2).tolist() for _ in range(3)] == [[0, 1], [2, 3], [0, 1]]


def test_new_statistics_count_what_was_given_before() -> None:
    improvised = Improvised(RankingSettings())
    improvised.rows(np.arange(4), None, 2)

    assert improvised.rows(np.arange(4), None, 2).tolist() == [0, 1]


def test_an_empty_catalogue_has_no_list() -> None:
    assert not len(Improvised(RankingSettings()).rows(np.zeros(0, np.int64), None, 10))
