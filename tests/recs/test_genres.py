import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recs.genres import GenreTable


@pytest.fixture
def genres() -> GenreTable:
    table = GenreTable()
    for row, names in enumerate([("Drama",), ("Drama", "War"), ("Comedy",), ()]):
        table.set(row, names)
    return table


def test_overlap_is_the_share_of_common_genres(genres: GenreTable):
    overlaps = genres.overlaps(np.arange(4))

    assert_allclose(overlaps[0], [1, 0.5, 0, 0])
    assert_allclose(overlaps[3], [0, 0, 0, 0])


def test_likes_draw_towards_their_genres_and_dislikes_away(genres: GenreTable):
    taste = genres.taste(np.array([0, 2]), np.array([+1, -1]), dislike_weight=0.5)

    assert_allclose(taste[[genres.columns["Drama"], genres.columns["Comedy"]]], [1, -0.5])


def test_the_title_that_fits_best_fits_by_one(genres: GenreTable):
    taste = genres.taste(np.array([0]), np.array([1]), dislike_weight=0.5)

    cosines, _ = genres.fit(np.arange(4), taste, np.zeros_like(taste))

    assert_allclose(cosines, [1, 2**-0.5, 0, 0])


def test_a_title_fits_by_the_mean_of_leanings_to_its_genres(genres: GenreTable):
    leanings = np.zeros(32)
    leanings[genres.columns["Drama"]], leanings[genres.columns["War"]] = 1.0, -0.5

    _, leant = genres.fit(np.arange(4), np.zeros(32), leanings)

    assert_allclose(leant, [1, 0.25, 0, 0])


def test_without_opinions_no_title_fits_better_than_another(genres: GenreTable):
    nothing = np.zeros(0, np.int64)
    taste = genres.taste(nothing, nothing, 0.5)

    cosines, _ = genres.fit(np.arange(4), taste, np.zeros_like(taste))

    assert_array_equal(cosines, [0] * 4)


def test_new_genres_of_a_title_replace_the_old_ones(genres: GenreTable):
    genres.set(0, ("Comedy",))

    assert genres.overlaps(np.array([0, 2]))[0, 1] == 1


def test_more_genres_than_places_are_made_room_for():
    table = GenreTable()
    table.set(0, ["first"])
    table.set(1, [f"genre {number}" for number in range(100)] + ["first"])

    assert table.overlaps(np.array([0, 1]))[0, 1] == pytest.approx(1 / 101)


def test_a_genre_named_twice_counts_once():
    table = GenreTable()
    table.set(0, ["Drama", "Drama"])

    assert_allclose(table.shares(np.array([0])).sum(), 1)
