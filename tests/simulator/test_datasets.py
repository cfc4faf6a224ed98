"""Data sets from a MovieLens folder."""

from pathlib import Path

import pytest

from simulator.datasets import Dataset, movielens

MOVIES = """movieId,title,genres
1,Toy Story (1995),Adventure|Animation
2,"Comma, The (1996)",Drama
3,Nothing Known (2000),(no genres listed)
"""
RATINGS = """userId,movieId,rating,timestamp
10,1,4.0,1
10,2,3.5,2
10,3,5.0,3
20,1,2.0,4
20,2,4.5,5
30,1,4.5,6
30,9,5.0,7
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "movies.csv").write_text(MOVIES)
    (tmp_path / "ratings.csv").write_text(RATINGS)
    return tmp_path


def by_row(dataset: Dataset) -> list[dict[int, bool]]:
    """Each user's opinions, items by their row in the catalogue."""
    row = {item_id: number for number, item_id in enumerate(dataset.item_ids)}
    return [
        {row[item_id]: like for item_id, like in opinions.items()}
        for opinions in dataset.opinions.values()
    ]


def test_a_rating_of_four_is_a_like(folder: Path) -> None:
    expected = [{0: True, 1: False, 2: True}, {0: False, 1: True}, {0: True}]

    assert by_row(movielens(folder, seed=1)) == expected


def test_the_threshold_of_a_like_can_be_moved(folder: Path) -> None:
    assert by_row(movielens(folder, seed=1, threshold=3.5))[0][1] is True


def test_no_genres_listed_is_no_genre(folder: Path) -> None:
    expected = [["Adventure", "Animation"], ["Drama"], []]

    assert movielens(folder, seed=1).genres == expected


def test_ids_are_the_same_for_a_seed_and_fresh_for_another(folder: Path) -> None:
    first, again, other = (movielens(folder, seed) for seed in (1, 1, 2))

    assert first == again
    assert not set(first.item_ids) & set(other.item_ids)
    assert not set(first.opinions) & set(other.opinions)


def test_no_id_is_that_of_the_folder(folder: Path) -> None:
    dataset = movielens(folder, seed=1)

    assert all(len(each) == 36 for each in [*dataset.item_ids, *dataset.opinions])


def test_a_denser_dataset_keeps_the_most_rated_items_and_then_the_most_active_users(
    folder: Path,
) -> None:
    dataset = movielens(folder, seed=1, most_rated=2, most_active=2)

    assert by_row(dataset) == [{0: True, 1: False}, {0: False, 1: True}]


def test_some_users_can_be_sampled(folder: Path) -> None:
    assert len(movielens(folder, seed=1, users=2).opinions) == 2
