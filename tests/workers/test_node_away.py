"""A Redis Cluster of which one node is down, with nobody to take over: the others go on."""

from collections.abc import Iterator
from time import time
from typing import cast

import pytest
from redis import RedisCluster as ClusterClient

from recs.interactions import Action, Interaction
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores import keys as names
from recs.stores.connection import node_of
from recs.stores.keys import Keys
from recs.stores.vectors import connect
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.servers import until_answered
from tests.servers.redis_servers import RedisCluster, RedisServer
from tests.workers.rank.rankers import ITEMS, add
from workers.counting import Counting
from workers.ingest import take
from workers.rank import RankWorker

USERS = [UserId(f"u{n}") for n in range(30)]
pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def redis(own_redis_cluster: RedisCluster) -> Iterator[connection.Client]:
    with connection.long_timeout(own_redis_cluster.url) as client:
        yield client


@pytest.fixture
def worker(stores: Stores, generation: Generation, settings: Settings) -> RankWorker:
    add(stores, generation, ITEMS)
    Counting(generation, stores).publish_news()
    return RankWorker(stores, connect(settings))


@pytest.fixture
def away(own_redis_cluster: RedisCluster, stores: Stores, generation: Generation) -> RedisServer:
    """The node that is down: one of those that have only users."""
    shared = Keys(stores.settings.namespace, generation).waiting
    client = cast(ClusterClient, stores.redis)
    current = names.current_generation(stores.settings.namespace)
    return own_redis_cluster.kill_one(client, shared, current)


def here(stores: Stores, generation: Generation, away: RedisServer) -> set[UserId]:
    """Return the users of the other nodes."""
    found = {
        user
        for user in USERS
        if not stores.users.node_of(generation, user).endswith(f":{away.port}")
    }
    assert 0 < len(found) < len(USERS)
    return found


def ranked(stores: Stores, generation: Generation) -> set[str]:
    return {*stores.waiting.oldest_ranked(generation, 1e12, 1_000)}


def all_like(stores: Stores, generation: Generation) -> None:
    """Have ingest take a like of each user, all in one batch."""
    likes = [Interaction(user, ItemId("i1"), Action.LIKE, time()).to_row() for user in USERS]
    take([(generation, likes)], stores)


def test_users_of_the_others_are_ranked_and_those_of_that_node_later(
    worker: RankWorker, stores: Stores, generation: Generation, away: RedisServer
) -> None:
    all_like(stores, generation)

    for _ in range(2):
        worker.run()

    others = here(stores, generation, away)
    assert ranked(stores, generation) == others
    assert stores.waiting.length(generation) == len(USERS) - len(others)
    assert stores.waiting.failing(generation) == 0

    away.start()
    until_answered(lambda: stores.replay.reconcile(generation))
    stores.waiting.add(generation, USERS, 0.0)  # as if their leases had ended
    worker.run()
    assert ranked(stores, generation) == {*USERS}


def test_a_batch_of_ingest_queues_the_users_of_the_others(
    stores: Stores, generation: Generation, away: RedisServer
) -> None:
    add(stores, generation, ITEMS)

    all_like(stores, generation)

    assert stores.waiting.length(generation) == len(USERS)
    for user in here(stores, generation, away):
        assert len(stores.users.interactions(generation, user)) == 1


def test_a_single_redis_has_no_nodes(redis_url: str) -> None:
    with connection.long_timeout(redis_url) as client:
        assert node_of(client, "any") == ""
