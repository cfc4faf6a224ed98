from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.ranking.candidate_lists import NO_CANDIDATES
from recs.ranking.item_statistics import (
    ItemStatistics,
    similarity_from_arrays,
    similarity_to_arrays,
)
from recs.ranking.similarity import NO_SIMILARITY, Similarity
from recs.stores.arrays_file import map_arrays, write_arrays
from tests.recs.ranking.tables import candidate_lists, counts, genre_table, item_statistics, rows

TOTALS = {
    "total_likes": 7.5,
    "total_dislikes": 8.5,
    "total_hits": 5.5,
    "total_exposure": 9.5,
    "organic_exposure": 0.5,
    "organic_share": 0.25,
}
STATISTICS = item_statistics(
    [0.1, 0.2, 0.3],
    genres=genre_table(("Drama", "War"), (), ("Комедия",)),
    qualities=[0.4, 0.5, 0.6],
    unknown=[1],
    items=counts(
        totals=TOTALS,
        likes=[1, 0, 2],
        dislikes=[0, 3, 0],
        impressions=[4, 0, 1],
        exposure=[2.5, 0, 1.25],
        neighbourhood=[-0.5, 0, 0.5],
    ),
    of=candidate_lists(popular=[2, 0], by_genre=[[0], [0], [2]], fresh=[0, 2], new=[2]),
    liked={0: {1: 0.5, 2: 0.25}},
    interacted={2: {1: 0.125}},
)
STATISTICS = replace(
    STATISTICS,
    genre_shares=np.array([0.5, 1.5, 2.5]),
    interactions_by_position=np.array([3.5, 4.5]),
)


def through_files(written: ItemStatistics, folder: Path) -> ItemStatistics:
    """Return what a ranker reads of what the statistics worker writes."""
    write_arrays(folder / "statistics", *written.to_arrays())
    write_arrays(folder / "similarity", similarity_to_arrays(written.similarity), {})
    similarity = similarity_from_arrays(map_arrays(folder / "similarity")[0])
    return ItemStatistics.from_arrays(*map_arrays(folder / "statistics"), similarity)


def test_what_is_known_of_items_comes_back_from_its_file(tmp_path: Path) -> None:
    back = through_files(STATISTICS, tmp_path)

    assert len(back) == 3
    assert_array_equal(back.rates, [0.1, 0.2, 0.3])
    assert_array_equal(back.qualities, [0.4, 0.5, 0.6])
    assert_array_equal(back.known, [True, False, True])
    assert [back.genres.of_items[row].tolist() for row in range(3)] == [[0, 1], [], [2]]
    assert list(back.genres.names) == ["Drama", "War", "Комедия"]


def test_counts_come_back_from_their_file(tmp_path: Path) -> None:
    back = through_files(STATISTICS, tmp_path).counts

    assert_array_equal(back.likes, [1, 0, 2])
    assert_array_equal(back.dislikes, [0, 3, 0])
    assert_array_equal(back.impressions, [4, 0, 1])
    assert_array_equal(back.exposure, [2.5, 0, 1.25])
    assert_array_equal(back.neighbourhood, [-0.5, 0, 0.5])
    assert back.totals() == TOTALS


@pytest.mark.parametrize("matters", [True, False])
def test_what_is_to_be_expected_comes_back_from_its_file(tmp_path: Path, matters: bool) -> None:
    back = through_files(replace(STATISTICS, positions_matter=matters), tmp_path)

    assert_array_equal(back.genre_shares, [0.5, 1.5, 2.5])
    assert_array_equal(back.interactions_by_position, [3.5, 4.5])
    assert back.positions_matter is matters


def test_lists_of_candidates_come_back_from_their_file(tmp_path: Path) -> None:
    back = through_files(STATISTICS, tmp_path).candidates

    assert_array_equal(back.popular, [2, 0])
    assert [back.of_genre(column).tolist() for column in range(3)] == [[0], [0], [2]]
    assert_array_equal(back.fresh, [0, 2])
    assert_array_equal(back.new, [2])


def test_similarity_comes_back_from_its_file(tmp_path: Path) -> None:
    back = through_files(STATISTICS, tmp_path).similarity

    counts, near, weights = back.liked.take(rows(1, 0))
    owners = np.repeat(np.arange(len(counts)), counts)
    assert (owners.tolist(), near.tolist(), weights.tolist()) == ([1, 1], [1, 2], [0.5, 0.25])
    _, near, weights = back.interacted.take(rows(2))
    assert (near.tolist(), weights.tolist()) == ([1], [0.125])


def test_an_empty_catalogue_survives_its_files(tmp_path: Path) -> None:
    back = through_files(item_statistics([]), tmp_path)

    assert len(back) == 0
    assert len(back.candidates.popular) == 0


def test_large_arrays_are_as_narrow_in_a_file_as_they_may_be() -> None:
    arrays, _ = STATISTICS.to_arrays()
    similarity = similarity_to_arrays(STATISTICS.similarity)

    narrow = ("genres_values", "popular", "by_genre_values", "fresh", "new")
    assert {arrays[name].dtype for name in narrow} == {np.dtype(np.int32)}
    assert similarity["liked_values"].dtype == np.int32
    assert similarity["interacted_weights"].dtype == np.float32


def test_similarity_is_in_a_file_of_its_own() -> None:
    arrays, meta = STATISTICS.to_arrays()

    assert not [name for name in arrays if name.startswith(("liked", "interacted"))]
    assert [field.name for field in fields(Similarity)] == ["liked", "interacted"]
    assert meta["totals"]["total_likes"] == 7.5


def test_nothing_similar_survives_its_file() -> None:
    back = similarity_from_arrays(similarity_to_arrays(NO_SIMILARITY))

    assert len(back.liked.take(rows(0))[1]) == len(back.interacted.take(rows(0))[1]) == 0


def test_an_item_was_tried_by_impressions_and_by_interactions() -> None:
    # 4 impressions and 1 interaction; no impression and 3 interactions; 1 and 2
    assert_array_equal(STATISTICS.tries(rows(0, 1, 2)), [4, 3, 2])
    assert_array_equal(STATISTICS.tries(rows(2)), [2])
    assert STATISTICS.tries(rows(2)).dtype == np.int64


@pytest.mark.parametrize("column", [3, 99])
def test_of_a_genre_that_is_new_there_are_no_items(column: int) -> None:
    assert len(STATISTICS.candidates.of_genre(column)) == 0
    assert len(NO_CANDIDATES.of_genre(0)) == 0
