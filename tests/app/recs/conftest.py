"""A generation of forty items, on one Redis and on a cluster; what /recs answers and logs."""

from collections.abc import Callable
from dataclasses import replace
from time import time
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from recs.ranking.slates import ENTRY, SOURCES
from recs.settings import Settings
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.catalogues import add_to

ITEMS = [f"i{n}" for n in range(40)]
SIMILAR = SOURCES.index("similar")


@pytest.fixture(params=["redis_url", "redis_cluster_url"], ids=["one", "cluster"])
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    """One Redis, then a cluster of three."""
    return replace(settings, redis_url=request.getfixturevalue(request.param))


@pytest.fixture
def generation(stores: Stores) -> Generation:
    """A generation with forty items."""
    generation = stores.generations.begin()
    add_to(stores.catalogues.of(generation), ((ItemId(item), ("Drama",)) for item in ITEMS))
    return generation


@pytest.fixture
def prepare(stores: Stores, generation: Generation) -> Callable[..., None]:
    """Prepare a slate for a user: item -> score, best first."""

    def prepare(user: str, **slate: float) -> None:
        stores.users.write_slates(generation, {UserId(user): entries(**slate)}, time())

    return prepare


def entries(**slate: float) -> Any:
    found = np.zeros(len(slate), ENTRY)
    found["row"] = [ITEMS.index(item) for item in slate]
    found["source"] = SIMILAR
    found["score"] = list(slate.values())
    return found


def recs(recommender: FlaskClient, address: str) -> list[str]:
    answer = recommender.get(f"/recs/{address}")
    assert answer.status_code == 200
    items: list[str] = answer.get_json()["item_ids"]
    return items


def impressions(stores: Stores, generation: Generation) -> list[list[str]]:
    """Return the rows of the log: user, rows, timestamp."""
    return [row for _, rows in stores.log.tail(generation, Kind.IMPRESSIONS, {}) for row in rows]
