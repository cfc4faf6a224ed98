"""A Redis Cluster of which one node is down: users of the other nodes get their own lists."""

from time import time
from typing import cast

import pytest
from flask.testing import FlaskClient
from redis import RedisCluster as ClusterClient

from recs.stores import Stores
from recs.stores.keys import Keys, current_generation
from recs.types import UserId
from tests.app.conftest import add, refresh
from tests.app.recs.conftest import ITEMS, entries, recs
from tests.servers.redis_servers import RedisCluster

USERS = [UserId(f"u{n}") for n in range(30)]


@pytest.fixture
def redis_url(own_redis_cluster: RedisCluster) -> str:
    return own_redis_cluster.url


def test_one_node_away_changes_nothing_for_users_of_the_others(
    recommender: FlaskClient, own_redis_cluster: RedisCluster, stores: Stores
) -> None:
    generation = stores.generations.begin()
    add(stores, generation, **{item: ["Drama"] for item in ITEMS})
    stores.users.write_slates(generation, dict.fromkeys(USERS, entries(i7=1.0)), time())
    refresh(recommender)
    away = own_redis_cluster.kill_one(
        cast(ClusterClient, stores.redis),
        Keys(stores.settings.namespace, generation).waiting,
        current_generation(stores.settings.namespace),
    )

    firsts = {user: recs(recommender, f"{user}?peek=1")[0] for user in USERS}

    here = {
        user: first
        for user, first in firsts.items()
        if not stores.users.node_of(generation, user).endswith(f":{away.port}")
    }
    assert 0 < len(here) < len(USERS)
    assert {*here.values()} == {"i7"}
