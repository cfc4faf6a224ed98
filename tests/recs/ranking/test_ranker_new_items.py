"""Items that have just come: who is shown them first."""

from dataclasses import replace

import numpy as np
import pytest

from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.settings import RankingSettings
from recs.types import Row
from tests.recs.ranking.rankers import PLAIN, RATES, rows_of, slate_of, sources_in
from tests.recs.ranking.tables import candidate_lists, counts, genre_table, item_statistics, user


def with_new_item(genre: str, **changes: float) -> tuple[ItemStatistics, RankingSettings]:
    """Let item 8 have just come, which is worse than all others."""
    genres = genre_table(*[("war",), ("drama",)] * 4, (genre,))
    statistics = item_statistics(
        [*RATES, 0.01],
        genres=genres,
        items=counts(impressions=[0] * 4 + [5] * 4 + [0]),
        of=candidate_lists(popular=[*range(7, -1, -1)], new=[8]),
    )
    settings = replace(PLAIN, exploration_slots=2, exploration_slots_for_newcomers=2)
    return statistics, replace(settings, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(("genre", "found"), [("war", [4, 8, 2]), ("drama", [4, 2, 3])])
def test_an_item_that_has_just_come_has_the_first_slot_where_its_genres_fit(
    genre: str, found: list[Row]
) -> None:
    statistics, settings = with_new_item(genre, genre_weight=0.5)

    assert rows_of(slate_of(user(likes=[6]), statistics, settings)) == found


def test_an_item_that_has_just_come_is_fresh_and_no_exploration() -> None:
    statistics, settings = with_new_item("war")

    assert sources_in(slate_of(user(likes=[6]), statistics, settings))[1:] == ["fresh", "explore"]


@pytest.mark.parametrize(("fit", "comes"), [(0.70, True), (0.72, False)])
def test_its_genres_have_to_fit_by_so_much_of_the_best(fit: float, comes: bool) -> None:
    # War and history fit by 1/sqrt(2) = 0.707 of what war fits.
    statistics, settings = with_new_item("war", new_item_fit=fit, exploration_slots=1)
    genres = genre_table(*[("war",), ("drama",)] * 4, ("war", "history"))
    fitting = replace(statistics, genres=genres, genre_shares=np.ones(3))
    slate = slate_of(user(likes=[6]), fitting, settings)

    assert (8 in rows_of(slate)) == comes


def test_newcomers_are_not_shown_it_before_others() -> None:
    statistics, settings = with_new_item("war")

    assert 8 not in rows_of(slate_of(user(), statistics, settings))


def test_of_several_that_have_just_come_the_best_comes() -> None:
    statistics = item_statistics(
        [*RATES, 0.01, 0.03, 0.02],
        genres=genre_table(*[("war",)] * 11),
        items=counts(impressions=[5] * 8 + [0] * 3),
        of=candidate_lists(popular=[*range(7, -1, -1)], new=[8, 9, 10]),
    )
    settings = replace(PLAIN, exploration_slots=1)

    slate = slate_of(user(likes=[0]), statistics, settings, n_lists=2)

    assert [rows_of(slate)[place] for place in (2, 5)] == [9, 10]


def test_of_equals_that_have_just_come_the_newest_comes() -> None:
    statistics = item_statistics(
        [0.4, 0.5] * 20,
        genres=genre_table(*[("war",)] * 40),
        items=counts(impressions=[5] * 5 + [0] * 35),
        of=candidate_lists(popular=range(5), new=range(5, 40)),
    )
    settings = replace(PLAIN, exploration_slots=1, position_weight=0.0)

    slate = slate_of(user(likes=[0]), statistics, settings)

    assert rows_of(slate)[2] == 39


def test_where_a_users_genres_are_unknown_nothing_new_is_said_to_fit() -> None:
    statistics, settings = with_new_item("opera")
    no_genres = genre_table(*[()] * 9)

    slate = slate_of(user(likes=[6]), replace(statistics, genres=no_genres), settings)

    assert 8 not in rows_of(slate)
