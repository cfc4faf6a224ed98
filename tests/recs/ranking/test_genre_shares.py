import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from recs.ranking.genre_shares import genre_shares, limits
from tests.recs.ranking.tables import genre_table, rows

GENRES = genre_table(("Drama",), ("Drama", "War"), ("Drama",), ("War",), ("Opera",))
ALL = rows(0, 1, 2, 3)
"""The opera is in no catalogue."""


def test_without_likes_shares_are_those_of_the_catalogue() -> None:
    assert_allclose(genre_shares(GENRES, ALL, rows(), rows(), 0), [3 / 4, 2 / 4, 0])


def test_each_user_counts_once_however_much_they_like() -> None:
    # One likes three dramas, one of them a war film; another one a war film; a third nothing.
    found = genre_shares(GENRES, ALL, rows(0, 1, 2, 3), rows(0, 0, 0, 2), 3)

    drama, war = 1.0 + 0.0, 1 / 3 + 1.0
    assert_allclose(found, [(drama + 20 * 0.75) / 22, (war + 20 * 0.5) / 22, 0])


def test_an_empty_catalogue_has_shares() -> None:
    nothing = genre_table()

    assert len(genre_shares(nothing, rows(), rows(), rows(), 0)) == 0
    assert_array_equal(genre_shares(GENRES, rows(), rows(), rows(), 0), [0, 0, 0])


def test_a_list_may_have_half_as_much_again_as_people_like_but_three_of_ten_of_anything() -> None:
    assert_array_equal(limits(np.array([0.0, 0.2, 0.21, 0.5, 1.0]), 10), [3, 3, 4, 8, 15])
    assert_array_equal(limits(np.array([0.0, 0.5]), 12), [4, 9])
