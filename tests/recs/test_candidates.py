import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.candidates import NO_POOLS, Pools, Sieve, gather, make_pools
from recs.genres import GenreTable
from recs.ranking_settings import RankingSettings

SETTINGS = RankingSettings(
    popular_candidates=2, genre_candidates=1, fresh_candidates=2, fresh_pool=3
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def genres() -> GenreTable:
    table = GenreTable()
    for row in range(6):
        table.set(row, ("even",) if row % 2 == 0 else ("odd",))
    return table


@pytest.fixture
def pools(genres: GenreTable, rng: np.random.Generator) -> Pools:
    rates = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    shown = np.array([0, 1, 2, 3, 4, 5])
    later = np.array([0, 4])
    return make_pools(np.arange(1, 6), rates, shown, later, genres, SETTINGS, rng)


def test_pools_hold_known_titles_the_best_first(pools: Pools, genres: GenreTable):
    assert_array_equal(pools.popular, [5, 4, 3, 2, 1])
    assert_array_equal(pools.of_genre(genres.columns["even"]), [4, 2])


def test_the_fresh_pool_holds_the_least_shown(pools: Pools):
    assert sorted(pools.fresh) == [1, 2, 3]


def test_what_came_later_is_kept_apart_until_it_was_shown(pools: Pools):
    assert_array_equal(pools.arrived, [0])


def test_of_a_genre_that_is_new_there_are_none(pools: Pools):
    assert not len(pools.of_genre(None))
    assert not len(pools.of_genre(7))


def test_as_many_more_are_taken_as_will_be_sifted_out(pools: Pools, rng: np.random.Generator):
    few = gather(pools, np.zeros(32), [], 0, SETTINGS, rng)
    more = gather(pools, np.zeros(32), [], 2, SETTINGS, rng)

    assert (len(few), len(more)) == (2 + 2 + 1, 4 + 2 + 1)


def test_only_genres_that_he_likes_give_candidates(
    pools: Pools, genres: GenreTable, rng: np.random.Generator
):
    taste = np.zeros(32)
    taste[genres.columns["even"]], taste[genres.columns["odd"]] = 1, -1

    assert_array_equal(gather(pools, taste, [], 0, SETTINGS, rng)[:3], [5, 4, 4])


def test_nothing_is_gathered_from_nothing(rng: np.random.Generator):
    assert not len(gather(NO_POOLS, np.zeros(32), [], 5, SETTINGS, rng))


def test_the_sieve_throws_out_doubles_and_what_must_not_come():
    sieve = Sieve()

    sifted = sieve.sift(np.array([3, 1, 3, 2, 1, 5]), np.array([2, 4]), 6)

    assert sorted(sifted) == [1, 3, 5]


def test_the_sieve_has_no_memory():
    sieve = Sieve()
    sieve.sift(np.array([0, 1]), np.array([2]), 3)

    assert_array_equal(sieve.sift(np.array([2]), np.array([0]), 3), [2])


def test_the_sieve_finds_places():
    sieve = Sieve()
    sieve.sift(np.array([0, 1, 2, 3]), np.array([], np.int64), 4)

    assert_array_equal(sieve.find(np.array([3, 0, 2]), np.array([2, 3])), [1, -1, 0])
