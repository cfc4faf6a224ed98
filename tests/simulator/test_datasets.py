"""Data sets from a MovieLens folder."""

from pathlib import Path

import pytest

from simulator.__main__ import main
from simulator.datasets import Dataset, DatasetUnusable, movielens

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


def test_a_title_or_an_opinion_that_comes_twice_counts_once(folder: Path) -> None:
    once = movielens(folder, seed=1)
    (folder / "movies.csv").write_text(MOVIES + "1,Toy Story (1995),Drama\n")
    (folder / "ratings.csv").write_text(RATINGS + "10,1,4.0,1\n")

    assert movielens(folder, seed=1) == once


def test_ids_need_not_be_numbers(folder: Path) -> None:
    numbered = movielens(folder, seed=1)
    (folder / "movies.csv").write_text(MOVIES.replace("\n2,", '\n"🎬 ""a"", b",'))
    (folder / "ratings.csv").write_text(RATINGS.replace(",2,", ',"🎬 ""a"", b",'))

    assert movielens(folder, seed=1) == numbered


def test_genres_and_times_may_be_missing(folder: Path) -> None:
    (folder / "movies.csv").write_text("movieId,title\n1,A\n2,B\n3,C\n")
    (folder / "ratings.csv").write_text("userId,movieId,rating\n10,1,4.0\n20,2,3.5\n")

    dataset = movielens(folder, seed=1)

    assert dataset.genres == [[], [], []]
    assert by_row(dataset) == [{0: True}, {1: False}]


def test_times_may_be_dates(folder: Path) -> None:
    lines = ("10,1,4.0,2019-11-02 09:00:00", "10,2,2.0,2019-02-11 10:00:00", "10,3,5.0,never")
    (folder / "ratings.csv").write_text("\n".join(["userId,movieId,rating,timestamp", *lines]))

    [opinions] = by_row(movielens(folder, seed=1))

    assert list(opinions.items()) == [(1, False), (0, True)]


def test_lines_without_a_rating_are_left_out(folder: Path) -> None:
    (folder / "ratings.csv").write_text(RATINGS + "10,1,great,9\n10,1,,9\n,1,5,9\n")

    assert len(movielens(folder, seed=1).opinions) == 3
    assert by_row(movielens(folder, seed=1))[0][0] is True


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("movies.csv", None, "no movies.csv"),
        ("ratings.csv", None, "no ratings.csv"),
        ("ratings.csv", b"", "cannot be read"),
        ("movies.csv", b"\xe2(\x00\xff", "cannot be read"),
        ("ratings.csv", b"user,movie\n1,2\n", "no column userId"),
        ("ratings.csv", b"userId,movieId,rating\n", "no title .* is rated"),
        ("movies.csv", b"movieId,title,genres\n", "no title .* is rated"),
        ("movies.csv", b"movieId,title,genres\n99,A,Drama\n", "no title .* is rated"),
    ],
)
def test_a_folder_that_cannot_be_played_is_told_why(
    folder: Path, name: str, content: bytes | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)

    with pytest.raises(DatasetUnusable, match=told):
        movielens(folder, seed=1)
    assert main(["grade", "--data", str(folder)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert str(folder) in line
