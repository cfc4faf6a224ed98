"""The verification: it accepts a state that is right, and names what is wrong."""

from pathlib import Path

import numpy as np
import pytest

from recs.ranking.genres import GenreTable
from recs.ranking.ragged import Ragged
from recs.ranking.settings import RankingSettings
from recs.ranking.window import Window
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.rows import Kind
from recs.types import Generation, ItemId, Json, UserId
from tests.chaos.verify import STATISTICS, Logged, disagreements

ROWS = [
    ("ann", "a", "like", "1.000000"),
    ("ann", "b", "dislike", "2.000000"),
    ("bob", "a", "dislike", "3.000000"),
    ("bob", "a", "like", "4.000000"),
    ("bob", "b", "like", "5.000000"),
    ("bob", "b", "undo", "6.000000"),
]
SIGNS = {"like": 1, "dislike": -1, "undo": 0}
STATS: Json = {"totals": {"likes": 2, "dislikes": 1}}


@pytest.fixture
def generation(stores: Stores) -> Generation:
    """A generation in which everything is as the log says."""
    generation = stores.generations.begin()
    stores.log.append(generation, Kind.INTERACTIONS, ROWS)
    catalogue = stores.catalogues.of(generation)
    facts = [
        (UserId(user), catalogue.rows_of([ItemId(item)])[0], SIGNS[action], float(timestamp))
        for user, item, action, timestamp in ROWS
    ]
    stores.users.record(generation, facts)
    stores.waiting.note_ranked(generation, [UserId("ann")], at=7.0)
    publish(stores, generation, facts)
    return generation


def publish(
    stores: Stores, generation: Generation, facts: list[tuple[UserId, int, int, float]]
) -> None:
    """Publish the item statistics of some interactions."""
    window = Window(RankingSettings())
    window.set_items(np.ones(2, np.bool_), GenreTable(Ragged.of([[], []]), ()))
    for fact in facts:
        window.record_interaction(*fact)
    stores.statistics.publish(generation, STATISTICS, *window.refresh().to_arrays())


def found(stores: Stores, generation: Generation, stats: Json | None = STATS) -> list[str]:
    folder: Path = stores.settings.data_dir / "generations" / str(generation)
    return disagreements(stores, generation, Logged.read(folder), stats)


def test_a_right_state_agrees(stores: Stores, generation: Generation) -> None:
    assert found(stores, generation) == []


def test_a_user_whose_state_differs_is_named(stores: Stores, generation: Generation) -> None:
    stores.users.record(generation, [(UserId("bob"), 0, -1, 9.0)])

    assert found(stores, generation) == ["interactions of bob"]


def test_a_user_whom_redis_has_forgotten_is_named(stores: Stores, generation: Generation) -> None:
    keys = Keys(stores.settings.namespace, generation)
    stores.redis.delete(*keys.of_user(UserId("ann")))
    stores.redis.delete(keys.ranked)

    assert "interactions of ann" in found(stores, generation)
    assert "no slate was ranked" in found(stores, generation)


def test_users_who_still_wait_are_counted(stores: Stores, generation: Generation) -> None:
    stores.waiting.add(generation, [UserId("ann")], at=8.0)

    assert found(stores, generation) == ["1 users wait to be ranked"]


def test_counts_of_items_that_differ_are_named(stores: Stores, generation: Generation) -> None:
    publish(stores, generation, [(UserId("ann"), 0, 1, 1.0)])

    assert found(stores, generation) == ["likes by item", "dislikes by item"]


def test_totals_that_differ_are_named(stores: Stores, generation: Generation) -> None:
    wrong: Json = {"totals": {"likes": 3, "dislikes": 1}}

    assert found(stores, generation, wrong) == ["likes in /stats: 3 in place of 2"]
    assert found(stores, generation, None) == ["/stats does not answer"]
