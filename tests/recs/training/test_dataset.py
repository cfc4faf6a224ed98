from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.interactions import WATCHED
from recs.stores.arrays_file import map_arrays, write_arrays
from recs.training.dataset import Dataset
from recs.types import UserId
from tests.recs.training.datasets import Fact, dataset

GENRES = [("Horror", "SciFi"), (), ("SciFi",)]
FACTS: list[Fact] = [("ann", 0, 1), ("bob", 2, -1), ("ann", 2, 1)]


def through_a_file(written: Dataset, folder: Path) -> Dataset:
    write_arrays(folder / "window.arrays", *written.to_arrays())
    return Dataset.from_arrays(*map_arrays(folder / "window.arrays"))


def test_a_dataset_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    back = through_a_file(dataset(FACTS, GENRES), tmp_path)

    assert_array_equal(back.fact_users, [0, 1, 0])
    assert_array_equal(back.fact_rows, [0, 2, 2])
    assert_array_equal(back.fact_signs, [1, -1, 1])
    assert_array_equal(back.genre_starts, [0, 2, 2, 3])
    assert_array_equal(back.genre_columns, [0, 1, 1])
    assert (back.users, back.genre_names) == (("ann", "bob"), ("Horror", "SciFi"))
    assert (back.n_items, back.interactions) == (3, 3)


def test_facts_are_as_narrow_as_the_file_promises(tmp_path: Path) -> None:
    back = through_a_file(dataset(FACTS, GENRES), tmp_path)

    kinds = [back.fact_users.dtype, back.fact_rows.dtype, back.fact_signs.dtype]
    assert kinds == [np.int32, np.int32, np.int8]


def test_a_file_may_hold_more_than_the_dataset(tmp_path: Path) -> None:
    arrays, meta = dataset(FACTS, GENRES).to_arrays()
    more = {**arrays, "impressions": np.zeros(3)}
    write_arrays(tmp_path / "window.arrays", more, {**meta, "offsets": {}})

    assert Dataset.from_arrays(*map_arrays(tmp_path / "window.arrays")).users == ("ann", "bob")


def test_an_empty_dataset_survives_its_file(tmp_path: Path) -> None:
    back = through_a_file(dataset([], []), tmp_path)

    assert (back.n_items, back.users, len(back.fact_rows)) == (0, (), 0)


def test_ids_of_any_characters_survive(tmp_path: Path) -> None:
    user = 'фильм|с: "кавычками" 🎬\n'

    assert through_a_file(dataset([(user, 0, 1)]), tmp_path).users == (user,)


@pytest.mark.parametrize(
    "other",
    [
        dataset([*FACTS, ("bob", 0, 1)], GENRES),  # another like
        dataset([FACTS[2], FACTS[1]], GENRES),  # a like was taken back
        dataset([*FACTS[:-1], (*FACTS[-1][:2], WATCHED)], GENRES),  # watched only
        dataset([("ann", 0, 1), ("bob", 2, -1), ("cid", 2, 1)], GENRES),  # of another user
        dataset([("zoe", 0, 1), ("bob", 2, -1), ("zoe", 2, 1)], GENRES),  # the same of another
        dataset(FACTS, [("Horror",), (), ("SciFi",)]),  # fewer genres
        dataset(FACTS, [("Horror", "SciFi"), (), ("Horror",)]),  # as many, but others
        dataset(FACTS, [("Horror", "Fantasy"), (), ("Fantasy",)]),  # another name
        dataset(FACTS, [*GENRES, ()]),  # another item
    ],
)
def test_whatever_teaches_something_changes_the_fingerprint(other: Dataset) -> None:
    assert other.fingerprint() != dataset(FACTS, GENRES).fingerprint()


def test_a_new_snapshot_with_new_dislikes_only_teaches_nothing() -> None:
    same = dataset([*FACTS, ("ann", 1, -1)], GENRES)

    assert same.fingerprint() == dataset(FACTS, GENRES).fingerprint()


def test_users_without_a_like_and_the_order_of_users_teach_nothing() -> None:
    data = dataset([("ann", 0, 1), ("bob", 2, 1), ("ann", 2, 1)], GENRES)
    others = replace(
        data,
        users=(UserId("visitor"), UserId("bob"), UserId("ann")),
        fact_users=np.array([2, 1, 2], np.int32),
    )

    assert others.fingerprint() == data.fingerprint()


def test_the_same_likes_of_other_users_are_something_new() -> None:
    data = dataset([("ann", 0, 1), ("bob", 2, 1), ("ann", 2, 1)], GENRES)
    swapped = dataset([("ann", 0, 1), ("bob", 2, 1), ("bob", 0, 1)], GENRES)

    assert swapped.fingerprint() != data.fingerprint()
