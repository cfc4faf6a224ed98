"""A Redis that keeps the offsets of what it applied, and loses some of it."""

from dataclasses import replace
from time import time

import pytest

from recs.interactions import Action, Interaction
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.stores.log import Kind
from recs.stores.losses import eviction_policy
from recs.types import Generation, ItemId, UserId
from tests.servers.redis_servers import RedisServer

USERS = 60


def interact(
    stores: Stores, generation: Generation, at: float, action: Action = Action.LIKE
) -> None:
    said = [Interaction(UserId(f"u{n}"), ItemId(f"i{n % 7}"), action, at) for n in range(USERS)]
    span = stores.log.append(generation, Kind.INTERACTIONS, [each.to_row() for each in said])
    stores.replay.apply(generation, span, said)


def lose(stores: Stores, generation: Generation, users: int) -> None:
    keys = Keys(stores.settings.namespace, generation)
    for n in range(users):
        stores.redis.delete(keys.interactions(UserId(f"u{n}")))


def test_nothing_is_missing_of_a_redis_that_has_all(stores: Stores, generation: Generation) -> None:
    interact(stores, generation, time())
    interact(stores, generation, time(), Action.UNDO)

    assert stores.losses.missing(generation, time()) == 0


@pytest.mark.parametrize("users", [USERS, USERS // 10])
def test_users_who_are_missing_are_found(
    stores: Stores, generation: Generation, users: int
) -> None:
    interact(stores, generation, time())
    lose(stores, generation, users)

    assert stores.losses.missing(generation, time(), count=400) > 0


def test_one_interaction_of_each_that_is_missing_is_found(
    stores: Stores, generation: Generation
) -> None:
    interact(stores, generation, time())
    keys = Keys(stores.settings.namespace, generation)
    for n in range(USERS):
        user = UserId(f"u{n}")
        [row] = stores.users.interactions(generation, user)
        stores.redis.hset(keys.interactions(user), "99", "+1.0")
        stores.redis.hdel(keys.interactions(user), str(row))

    assert stores.losses.missing(generation, time()) > 0


@pytest.mark.parametrize("ahead", [-1, 1])
def test_what_may_have_expired_is_not_missing(
    stores: Stores, generation: Generation, ahead: int
) -> None:
    interact(stores, generation, time() + ahead * stores.settings.user_ttl_seconds)
    lose(stores, generation, USERS)

    assert stores.losses.missing(generation, time()) == 0


def test_what_redis_has_not_applied_is_not_missing(stores: Stores, generation: Generation) -> None:
    interact(stores, generation, time())
    rows = [Interaction(UserId("new"), ItemId("i"), Action.LIKE, time()).to_row()] * 500
    stores.log.append(generation, Kind.INTERACTIONS, rows)

    assert stores.losses.missing(generation, time()) == 0


def test_an_empty_log_misses_nothing(stores: Stores, generation: Generation) -> None:
    assert stores.losses.missing(generation, time()) == 0


def test_keys_that_redis_throws_away_are_counted_and_its_policy_is_named(
    own_redis: RedisServer, stores: Stores
) -> None:
    with connection.long_timeout(own_redis.url) as full:
        theirs = Stores(replace(stores.settings, redis_url=own_redis.url), full)
        first, named_before = theirs.losses.evicted(), eviction_policy(full)
        full.config_set("maxmemory-policy", "allkeys-lru")
        without_limit = eviction_policy(full)
        full.config_set("maxmemory", "4mb")
        for n in range(3_000):
            full.set(f"key {n}", "x" * 2_000)

        assert (first, named_before, without_limit) == (0, "", "")
        assert eviction_policy(full) == "allkeys-lru"
        assert theirs.losses.evicted() > 1_000
        assert theirs.losses.evicted() == 0
