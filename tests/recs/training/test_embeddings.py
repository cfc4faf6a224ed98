import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.embeddings import Embeddings


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def two() -> Embeddings:
    return Embeddings(
        ("a", "b"),
        vectors=np.array([[1, 2], [3, 4]], np.float32),
        vector_sums=np.array([[5, 6], [7, 8]], np.float32),
        biases=np.array([9, 10], np.float32),
        bias_sums=np.array([11, 12], np.float32),
    )


def test_growing_leaves_what_was_learned_where_it_is(
    two: Embeddings, rng: np.random.Generator
) -> None:
    grown = two.grown(["c", "a"], rng)

    assert grown.ids == ("a", "b", "c")
    assert_array_equal(grown.vectors[:2], two.vectors)
    assert_array_equal(grown.vector_sums[:2], two.vector_sums)
    assert_array_equal(grown.biases[:2], two.biases)
    assert_array_equal(grown.bias_sums[:2], two.bias_sums)


def test_a_new_row_begins_as_lightfm_begins_it(two: Embeddings, rng: np.random.Generator) -> None:
    grown = two.grown(["c"], rng)

    assert 0 < np.abs(grown.vectors[2]).max() <= 0.5 / 2
    assert_array_equal(grown.vector_sums[2], [1, 1])
    assert (grown.biases[2], grown.bias_sums[2]) == (0, 1)


def test_without_chance_a_new_row_begins_at_nought(two: Embeddings) -> None:
    assert_array_equal(two.grown(["c"]).vectors[2], [0, 0])


def test_an_id_that_comes_twice_gets_one_row(two: Embeddings) -> None:
    assert two.grown(["c", "c"]).ids == ("a", "b", "c")


def test_a_forgotten_row_is_as_new(two: Embeddings) -> None:
    forgotten = two.forgotten(np.array([0]))

    assert_array_equal(forgotten.vectors, [[0, 0], [3, 4]])
    assert_array_equal(forgotten.vector_sums, [[1, 1], [7, 8]])
    assert_array_equal(forgotten.biases, [0, 10])
    assert_array_equal(forgotten.bias_sums, [1, 12])


def test_forgetting_leaves_the_original_alone(two: Embeddings) -> None:
    two.forgotten(np.array([0, 1]))

    assert_array_equal(two.vectors, [[1, 2], [3, 4]])
