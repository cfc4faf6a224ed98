import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from recs.training.embeddings import Embeddings, unit_vectors


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def two() -> Embeddings:
    return Embeddings(
        vectors=np.array([[1, 2], [3, 4]], np.float32),
        vector_sums=np.array([[5, 6], [7, 8]], np.float32),
        biases=np.array([9, 10], np.float32),
        bias_sums=np.array([11, 12], np.float32),
    )


def test_growing_leaves_what_was_learned_where_it_is(
    two: Embeddings, rng: np.random.Generator
) -> None:
    grown = two.grown(3, rng)

    assert len(grown) == 3
    assert_array_equal(grown.vectors[:2], two.vectors)
    assert_array_equal(grown.vector_sums[:2], two.vector_sums)
    assert_array_equal(grown.biases[:2], two.biases)
    assert_array_equal(grown.bias_sums[:2], two.bias_sums)


def test_a_new_row_begins_as_lightfm_begins_it(two: Embeddings, rng: np.random.Generator) -> None:
    grown = two.grown(3, rng)

    assert 0 < np.abs(grown.vectors[2]).max() <= 0.5 / 2
    assert_array_equal(grown.vector_sums[2], [1, 1])
    assert (grown.biases[2], grown.bias_sums[2]) == (0, 1)


def test_without_chance_a_new_row_begins_at_zero(two: Embeddings) -> None:
    assert_array_equal(two.grown(3).vectors[2], [0, 0])


def test_nothing_shrinks(two: Embeddings) -> None:
    assert len(two.grown(1)) == 2


def test_rows_are_taken_with_all_that_belongs_to_them(two: Embeddings) -> None:
    taken = two.taken(np.array([1]))

    assert_array_equal(taken.vectors, [[3, 4]])
    assert_array_equal(taken.vector_sums, [[7, 8]])
    assert (taken.biases.tolist(), taken.bias_sums.tolist()) == ([10], [12])


def test_unit_vectors_keep_their_direction_and_zero_stays_zero() -> None:
    unit = unit_vectors(np.array([[3, 4], [0, 0], [0, -2]], np.float32))

    assert_allclose(unit, [[0.6, 0.8], [0, 0], [0, -1]], rtol=1e-6)
