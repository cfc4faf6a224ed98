from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

from recs.training.dataset import Dataset
from recs.training.model import USER_STEP, Model, empty_model, grow
from tests.recs.training.datasets import Fact, dataset

GENRES = [("Horror", "SciFi"), ("SciFi",), ()]


def grown(
    facts: Sequence[Fact], model: Model | None = None, genres: Any = GENRES, seed: int = 0
) -> Model:
    return grow(
        empty_model(2) if model is None else model,
        dataset(facts, genres),
        np.random.default_rng(seed),
    )[0]


def test_an_item_shares_itself_out_among_its_genres() -> None:
    assert_array_equal(grown([]).genres_of.toarray(), [[0.5, 0.5], [0, 1], [0, 0]])


def test_a_new_item_has_no_part_of_its_own() -> None:
    assert_array_equal(grown([("ann", 0, 1)]).items.vectors, np.zeros((3, 2)))


def test_an_item_lies_where_its_own_part_and_its_genres_put_it() -> None:
    model = grown([])
    own = np.array([[0, 0], [0, 0], [7, 8]], np.float32)
    model = replace(model, items=replace(model.items, vectors=own))
    horror, scifi = model.genres.vectors

    assert_allclose(model.item_vectors, [(horror + scifi) / 2, scifi, [7, 8]], rtol=1e-6)


def test_users_without_a_like_get_no_row() -> None:
    data = dataset([("ann", 0, -1), ("bob", 0, 1)])
    model, user_rows = grow(empty_model(2), data, np.random.default_rng(0))

    assert model.user_ids == ("bob",)
    assert_array_equal(user_rows, [-1, 0])


def test_items_genres_and_users_keep_their_rows_when_others_come() -> None:
    before = grown([("bob", 0, 1), ("cid", 0, 1)])
    facts: list[Fact] = [("ann", 1, 1), ("cid", 0, 1), ("bob", 0, 1)]
    after = grown(facts, before, [("Desert",), *GENRES[1:], ()], seed=1)

    assert after.user_ids == ("bob", "cid", "ann")
    assert after.genre_names == ("Horror", "SciFi", "Desert")
    assert len(after.items) == 4
    assert_array_equal(after.users.vectors[:2], before.users.vectors)
    assert_array_equal(after.genres.vectors[:2], before.genres.vectors)


def test_genres_are_known_by_name_whatever_their_order_in_the_dataset() -> None:
    model = grown([], grown([]), [("SciFi",), ("Horror",), ("SciFi", "Horror")])

    assert model.genre_names == ("Horror", "SciFi")
    assert_array_equal(model.genres_of.toarray(), [[0, 1], [1, 0], [0.5, 0.5]])


def test_users_who_have_no_like_in_the_window_any_more_lose_their_row() -> None:
    before = grown([("ann", 0, 1), ("bob", 0, 1), ("cid", 0, 1)])
    model, user_rows = grow(
        before, dataset([("cid", 0, 1), ("ann", 0, 1)]), np.random.default_rng(1)
    )

    assert model.user_ids == ("ann", "cid")
    assert_array_equal(user_rows, [1, 0])
    assert_array_equal(model.users.vectors, before.users.vectors[[0, 2]])


def test_learned_likes_follow_their_users_to_new_rows() -> None:
    before = grown([("ann", 0, 1), ("bob", 0, 1), ("cid", 0, 1)])
    learned = np.array([0, 1, USER_STEP, 2 * USER_STEP + 2])  # ann's two, bob's, cid's
    after = grown([("ann", 0, 1), ("cid", 0, 1)], replace(before, likes=learned))

    assert after.likes.tolist() == [0, 1, USER_STEP + 2]


def test_a_dataset_with_fewer_items_takes_none_from_the_model() -> None:
    before = grown([("ann", 0, 1)])
    older: Dataset = dataset([("ann", 0, 1)], GENRES[:2])
    after = grow(before, older, np.random.default_rng(0))[0]

    assert len(after.items) == 3
    assert_array_equal(after.genres_of.toarray(), [[0.5, 0.5], [0, 1], [0, 0]])


def test_growing_does_not_change_the_model_before() -> None:
    before = grown([("ann", 0, 1)])
    vectors = before.users.vectors.copy()
    grown([("ann", 0, 1), ("bob", 0, 1)], before, seed=1).users.vectors[:] = 9

    assert_array_equal(before.users.vectors, vectors)
