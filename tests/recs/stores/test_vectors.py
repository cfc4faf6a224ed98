"""Items near others, found in the process itself. On a server: test_qdrant.py."""

import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from recs.settings import Settings
from recs.stores.vectors import Vectors, connect
from recs.types import Generation

GENERATION = Generation(7)
NORTH, EAST = np.array([0.0, 1.0]), np.array([1.0, 0.0])


def array(*vectors: list[float]) -> NDArray[np.float32]:
    return np.array(vectors, np.float32)


ITEMS = array([0, 1], [0, 0], [1, 0], [0.6, 0.8], [0, -1])
"""North, nowhere, east, northeast, south."""


def using(vectors: NDArray[np.float32]) -> Vectors:
    found = connect(Settings())
    found.use(GENERATION, 1, vectors)
    return found


def test_before_the_first_version_nothing_is_near() -> None:
    assert connect(Settings()).nearest(NORTH, 2).tolist() == []


def test_the_nearest_items_come_first() -> None:
    vectors = using(ITEMS)

    assert vectors.nearest(NORTH, 3).tolist() == [0, 3, 2]
    assert vectors.nearest(EAST, 2).tolist() == [2, 3]
    assert vectors.nearest(EAST, 2).dtype == np.int64


def test_an_item_without_direction_is_never_near() -> None:
    assert using(ITEMS).nearest(NORTH, 10).tolist() == [0, 3, 2, 4]
    assert using(array([0, 0])).nearest(NORTH, 1).tolist() == []


def test_another_version_takes_the_place_of_the_first() -> None:
    vectors = using(ITEMS)
    vectors.use(GENERATION, 2, array([0, 0], [0, 1]))

    assert vectors.nearest(NORTH, 9).tolist() == [1]


def test_the_model_is_not_written_over() -> None:
    items = ITEMS.copy()
    items.setflags(write=False)

    using(items).nearest(NORTH, 2)
    assert (items == ITEMS).all()


def test_all_neighbours_are_found_among_many_items() -> None:
    rng = np.random.default_rng(1)
    items = rng.normal(size=(3_000, 8)).astype(np.float32)
    items /= np.linalg.norm(items, axis=1, keepdims=True)
    wanted = np.argsort(-(items @ items[5]), kind="stable")[:50]

    assert using(items).nearest(items[5].astype(np.float64), 50).tolist() == wanted.tolist()


@pytest.mark.slow
def test_without_a_server_nobody_loads_its_client() -> None:
    code = (
        "import sys; from recs.settings import Settings; from recs.stores.vectors import connect;"
        "connect(Settings()); print('qdrant_client' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout == "False\n"
