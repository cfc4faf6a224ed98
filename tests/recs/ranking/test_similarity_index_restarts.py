"""An index that goes on where another one stopped."""

from math import log

import numpy as np
import pytest

from recs.ranking.settings import RankingSettings
from recs.ranking.similarity import Similarity
from tests.recs.ranking.crowds import N_ITEMS, Crowd
from tests.recs.ranking.tables import neighbours
from tests.recs.ranking.windows import of


def test_an_index_goes_on_from_the_neighbours_of_another_until_it_is_an_items_turn() -> None:
    crowd = Crowd()
    crowd.index.seed(
        Similarity(
            neighbours(N_ITEMS, {0: {5: 0.7}, 4: {5: 0.9}}), neighbours(N_ITEMS, {3: {2: 0.8}})
        )
    )
    seeded = crowd.refresh()
    crowd.comes(likes=[0, 1])

    found = crowd.refresh()

    assert of(seeded.liked, 0) == pytest.approx({5: 0.7})
    assert of(found.liked, 0) == pytest.approx({1: log(2)})
    assert of(found.liked, 4) == pytest.approx({5: 0.9})
    assert of(found.interacted, 3) == pytest.approx({2: 0.8})


def test_rows_stay_whole_numbers_when_an_index_goes_on_from_another() -> None:
    crowd = Crowd()
    crowd.index.seed(
        Similarity(neighbours(N_ITEMS, {2: {4: 0.1}, 3: {5: 0.2}}), neighbours(N_ITEMS, {}))
    )
    crowd.comes(likes=[0, 1])

    found = crowd.refresh().liked

    assert of(found, 2) == pytest.approx({4: 0.1})
    assert np.issubdtype(found.lists.values.dtype, np.integer)
    assert len(found.weights) == len(found.lists.values)


def test_neighbours_of_another_index_are_narrowed_to_the_best() -> None:
    crowd = Crowd(RankingSettings(neighbours=2))
    crowd.index.seed(
        Similarity(neighbours(N_ITEMS, {0: {1: 0.5, 2: 0.25, 3: -1.0}}), neighbours(N_ITEMS, {}))
    )
    crowd.comes(likes=[4, 5])

    found = crowd.refresh().liked

    assert of(found, 0) == {1: 0.5, 2: 0.25}
    assert (found.lists.values.dtype, found.weights.dtype) == (np.int32, np.float32)


def test_a_user_who_is_restored_makes_neighbours_as_before() -> None:
    crowd, restored = Crowd(), Crowd()
    user = crowd.comes(likes=[0, 1], dislikes=[2], shown=[1, 3], response_rate=0.5)
    crowd.says(user, 4, +1)
    crowd.says(user, 4, 0)
    restored.index.restore(user)

    found, again = crowd.refresh(), restored.refresh()

    for row in range(N_ITEMS):
        assert of(again.liked, row) == of(found.liked, row)
        assert of(again.interacted, row) == of(found.interacted, row)
