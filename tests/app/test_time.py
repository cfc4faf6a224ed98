"""What is received later counts as later, whatever clocks say. No worker runs here."""

from collections.abc import Callable
from time import time
from typing import Any

import pytest
from flask.testing import FlaskClient

from recs.stores import Stores
from recs.stores.keys import latest_stamp
from recs.types import Generation, UserId
from tests.app.conftest import add

AHEAD = 3 * 3_600.0
Queued = Callable[[], list[list[Any]]]


@pytest.fixture
def generation(stores: Stores) -> Generation:
    generation = stores.generations.begin()
    add(stores, generation, a=["Drama"])
    return generation


def send(collector: FlaskClient, action: str, timestamp: float | None = None) -> None:
    body = {"user_id": "u", "item_ids": ["a"], "actions": [action], "timestamp": timestamp}
    assert collector.post("/interact", json=body).status_code == 200


def undo(collector: FlaskClient) -> None:
    assert collector.delete("/interact/u/a").status_code == 200


def put_clock_back(stores: Stores, namespace: str) -> None:
    """Have Redis have told a time an hour from now."""
    stores.redis.set(latest_stamp(namespace), int((time() + 3_600) * 1e6))


def known(stores: Stores, generation: Generation) -> list[int]:
    return list(stores.users.interactions(generation, UserId("u")).values())


def times(queued: Queued) -> list[float]:
    return [float(row[3]) for _, rows in queued() for row in rows]


def test_a_time_from_the_future_is_that_of_the_receipt(
    collector: FlaskClient, queued: Queued
) -> None:
    send(collector, "like", time() + AHEAD)

    [at] = times(queued)
    assert abs(at - time()) < 60


def test_a_time_from_the_past_stays(collector: FlaskClient, queued: Queued) -> None:
    send(collector, "like", 5.5)

    assert times(queued) == [5.5]


def test_a_later_dislike_wins_over_a_like_from_the_future(
    collector: FlaskClient, stores: Stores, generation: Generation, queued: Queued
) -> None:
    send(collector, "like", time() + AHEAD)
    send(collector, "dislike")

    assert known(stores, generation) == [-1]
    assert len(set(found := times(queued))) == 2
    assert found == sorted(found)


def test_undo_wins_over_a_like_from_the_future(
    collector: FlaskClient, stores: Stores, generation: Generation
) -> None:
    send(collector, "like", time() + AHEAD)
    undo(collector)

    assert known(stores, generation) == []


def test_of_two_from_the_future_the_one_received_later_wins(
    collector: FlaskClient, stores: Stores, generation: Generation
) -> None:
    send(collector, "like", time() + AHEAD)
    send(collector, "dislike", time() + AHEAD / 2)

    assert known(stores, generation) == [-1]


@pytest.mark.parametrize("change", [undo, lambda collector: send(collector, "dislike")])
def test_what_comes_after_the_clock_was_put_back_wins(
    collector: FlaskClient,
    stores: Stores,
    generation: Generation,
    queued: Queued,
    namespace: str,
    change: Callable[[FlaskClient], None],
) -> None:
    put_clock_back(stores, namespace)
    send(collector, "like")
    change(collector)

    assert known(stores, generation) in ([], [-1])
    assert (found := times(queued)) == sorted(found)
    assert found[0] > time() + 3_000


def test_without_redis_time_goes_on_from_what_it_told_last(
    stores: Stores, generation: Generation, namespace: str
) -> None:
    put_clock_back(stores, namespace)
    generations = stores.generations
    _, before = generations.stamp()
    stores.redis.close()
    stores.redis.connection_pool.connection_kwargs["port"] = 1  # type: ignore[union-attr]
    generation_then, after = generations.stamp()

    assert generation_then == generation
    assert 0 < after - before < 60
