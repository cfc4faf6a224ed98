import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recs.ranking.genres import GenreTable
from recs.ranking.ragged import Ragged
from tests.recs.ranking.tables import genre_table, rows

DRAMA, WAR, COMEDY = 0, 1, 2
TABLE = genre_table(("Drama",), ("Drama", "War"), ("Comedy",), ())
ALL = np.arange(4)
NONE = np.zeros(3)
TABLE_HAS = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 0, 0]])


def test_a_like_draws_to_a_genre_by_one() -> None:
    assert_allclose(TABLE.preferences(rows(0), np.ones(1)), [1, 0, 0])


def test_a_like_is_shared_so_that_genre_vectors_have_length_one() -> None:
    preferences = TABLE.preferences(rows(1), np.ones(1))

    assert_allclose(preferences, [1 / 2**0.5, 1 / 2**0.5, 0])


def test_a_dislike_draws_away_by_its_weight() -> None:
    preferences = TABLE.preferences(rows(0, 2, 1), np.array([1, -0.5, -0.5]))

    assert_allclose(preferences, [1 - 0.5 / 2**0.5, -0.5 / 2**0.5, -0.5])


def test_an_item_without_genres_says_nothing_of_them() -> None:
    assert_array_equal(TABLE.preferences(rows(3), np.ones(1)), NONE)


def test_the_item_that_fits_best_fits_by_one() -> None:
    cosines, _ = TABLE.fit(ALL, np.array([3.0, 0, 0]), NONE)

    # before scaling: 3, 3/sqrt(2), 0, 0
    assert_allclose(cosines, [1, 1 / 2**0.5, 0, 0])


def test_who_only_dislikes_is_fitted_worst_by_minus_one() -> None:
    cosines, _ = TABLE.fit(ALL, np.array([-0.2, 0, 0]), NONE)

    assert_allclose(cosines, [-1, -1 / 2**0.5, 0, 0])


def test_an_item_of_many_genres_must_not_win_by_their_number() -> None:
    cosines, _ = TABLE.fit(rows(0, 1), np.array([1.0, 1.0, 0]), NONE)

    # 1 and (1 + 1)/sqrt(2), scaled by the latter
    assert_allclose(cosines, [1 / 2**0.5, 1])


def test_without_preferences_no_item_fits_better_than_another() -> None:
    assert_array_equal(TABLE.fit(ALL, NONE, NONE)[0], [0, 0, 0, 0])


def test_no_items_fit_nothing() -> None:
    cosines, aversions = TABLE.fit(rows(), NONE, NONE)

    assert (len(cosines), len(aversions)) == (0, 0)


def test_overlap_is_the_share_of_common_genres() -> None:
    table = genre_table(
        ("Drama", "War"), ("Drama", "War", "Comedy"), ("Drama", "Comedy"), ("SciFi",)
    )

    assert_allclose(
        table.overlaps(ALL),
        [[1, 2 / 3, 1 / 3, 0], [2 / 3, 1, 2 / 3, 0], [1 / 3, 2 / 3, 1, 0], [0, 0, 0, 1]],
        rtol=1e-6,
    )


def test_items_without_genres_are_alike_and_like_no_other() -> None:
    assert_array_equal(TABLE.overlaps(rows(3, 0, 3)), [[1, 0, 1], [0, 1, 0], [1, 0, 1]])


def test_items_that_came_after_the_table_have_no_genres() -> None:
    assert_array_equal(TABLE.overlaps(rows(0, 17)), [[1, 0], [0, 1]])
    assert_array_equal(TABLE.preferences(rows(17), np.ones(1)), NONE)


@pytest.mark.parametrize("n_genres", [60, 100_000])
def test_genres_that_no_item_at_hand_has_cost_no_memory(n_genres: int) -> None:
    table = GenreTable(Ragged.of([[n_genres - 1 - row] for row in range(60)]), range(n_genres))
    tracemalloc.start()

    table.overlaps(np.arange(60))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500_000


def test_aversions_add_up_over_the_genres_of_an_item() -> None:
    _, aversions = TABLE.fit(ALL, NONE, np.array([-1.0, -0.5, 0]))

    assert_allclose(aversions, TABLE_HAS @ [-1.0, -0.5, 0])


def test_items_are_counted_by_genre() -> None:
    assert_allclose(TABLE.counts(ALL), TABLE_HAS.sum(axis=0))


def test_membership_says_which_genres_each_item_has() -> None:
    assert_array_equal(TABLE.membership(ALL), TABLE_HAS.astype(bool))
    assert TABLE.membership(rows()).shape == (0, len(TABLE))


def test_traits_count_as_genres_but_do_not_make_items_alike() -> None:
    table = GenreTable(Ragged.of([[0, 2], [1, 2], [1], [2]]), ["Drama", "War"], ["kind\nseries"])

    preferences = table.preferences(rows(0, 1), np.ones(2))
    cosines, _ = table.fit(ALL, preferences, np.zeros(3))

    assert_allclose(preferences, np.array([1, 1, 2]) / 2**0.5)
    assert cosines[3] > cosines[2] > 0
    overlaps = table.overlaps(ALL)
    assert_allclose(overlaps[0], [1, 0, 0, 0])
    assert_allclose(overlaps[1], [0, 1, 1, 0])
    assert overlaps[3, 3] == 1


def test_the_rarer_a_genre_the_more_a_like_tells_of_it() -> None:
    assert_allclose(TABLE.rarity, np.log([5 / 3, 5 / 2, 5 / 2]))


def test_a_genre_of_all_items_still_tells_a_little() -> None:
    assert_allclose(genre_table(("Drama",), ("Drama",)).rarity, [0.1])
