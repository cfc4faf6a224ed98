"""Interactions that are applied as they come."""

from time import time

import pytest

from recs.stores import Stores, replay
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.stores.nodes import nodes
from recs.types import Generation
from tests.recs.stores.replay.doing import (
    DISLIKE,
    LIKE,
    UNDO,
    contents,
    log_only,
    opinions,
    said,
    take,
)


def test_an_interaction_becomes_an_opinion_and_its_user_waits(
    stores: Stores, generation: Generation
) -> None:
    take(stores, generation, said("u", "i"), said("u", "j", DISLIKE), said("u", "k", UNDO))

    assert opinions(stores, generation, "u") == {"i": 1, "j": -1}
    assert [user for user, _ in stores.waiting.take(generation, 10, time() + 1)] == ["u"]


def test_users_wait_since_their_interactions_were_sent_and_not_from_the_future(
    stores: Stores, generation: Generation
) -> None:
    now = time()
    for user, since in (("early", now - 60), ("ahead", now + 60)):
        interactions = [said(user, "i")]
        span = log_only(stores, generation, *interactions)
        stores.replay.apply(generation, span, interactions, since)

    (early, at), (ahead, since) = stores.waiting.take(generation, 10, time() + 1)

    assert (early, ahead, at) == ("early", "ahead", pytest.approx(now - 60))
    assert now <= since <= time()


def test_who_has_many_users_ranked_queues_them_without_this(
    stores: Stores, generation: Generation
) -> None:
    interactions = [said("u", "i")]
    span = log_only(stores, generation, *interactions)

    stores.replay.apply(generation, span, interactions, wait=False)

    assert opinions(stores, generation, "u") == {"i": 1}
    assert stores.waiting.length(generation) == 0


def test_an_item_never_heard_of_gets_a_row_and_stays_unknown(
    stores: Stores, generation: Generation
) -> None:
    take(stores, generation, said("u", "i"))

    catalogue = stores.catalogues.of(generation)
    assert (catalogue.rows, list(catalogue.known)) == ({"i": 0}, [0])


def test_applying_twice_is_harmless(
    stores: Stores, generation: Generation, redis: Client, keys: Keys
) -> None:
    interactions = said("u", "i", LIKE, 1), said("u", "j", DISLIKE, 2), said("u", "i", UNDO, 3)
    span = take(stores, generation, *interactions)
    once = contents(redis, keys)

    stores.replay.apply(generation, span, interactions)

    assert contents(redis, keys) == once


def test_redis_has_what_it_applied(stores: Stores, generation: Generation) -> None:
    first = take(stores, generation, said("u", "i"))
    second = take(stores, generation, said("u", "j"))

    assert first.segment == second.segment
    assert stores.applied.offsets(generation) == {second.segment: second.after}


def test_every_node_says_what_it_has(stores: Stores, redis: Client, generation: Generation) -> None:
    found = stores.applied.keys(generation)

    assert len({str(node.connection_pool.connection_kwargs) for node in found.values()}) == len(
        found
    )
    assert len(found) == len(nodes(redis))
    for key, node in found.items():
        node.set(key, "x", ex=60)  # no MOVED: it is where it belongs


def test_rows_that_leave_a_gap_bring_the_missing_ones_along(
    stores: Stores, generation: Generation
) -> None:
    log_only(stores, generation, said("u", "unseen"))

    span = take(stores, generation, said("u", "i"))

    assert opinions(stores, generation, "u") == {"unseen": 1, "i": 1}
    assert stores.applied.offsets(generation) == {span.segment: span.after}


def test_a_long_gap_does_not_hold_up_what_is_new(
    stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "CATCH_UP_SECONDS", 0.0)
    log_only(stores, generation, *(said("other", "i" * 500, LIKE, n) for n in range(1_500)))

    span = take(stores, generation, said("u", "i"))
    after_one = stores.applied.offsets(generation)[span.segment]
    for _ in range(4):
        span = take(stores, generation, said("u", "i"))

    assert opinions(stores, generation, "u") == {"i": 1}
    assert 0 < after_one < span.before
    assert stores.applied.offsets(generation) == {span.segment: span.after}
