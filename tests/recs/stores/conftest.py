"""A Redis, stores on it, a generation to write to, and a stopwatch."""

import gc
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest

from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.catalogue import Catalogue
from recs.types import Generation
from tests.servers.redis_servers import RedisCluster, RedisServer


@pytest.fixture(params=["redis_url", "redis_cluster_url"], ids=["one", "cluster"])
def redis(request: pytest.FixtureRequest) -> Iterator[connection.Client]:
    """One Redis, then a cluster of three: every store works on both."""
    with connection.long_timeout(request.getfixturevalue(request.param)) as client:
        yield client


@pytest.fixture
def own_cluster(tmp_path: Path, redis_server: RedisServer) -> Iterator[RedisCluster]:
    """A cluster for this test alone, to break. Not started yet."""
    cluster = RedisCluster(tmp_path / "own-cluster")
    yield cluster
    cluster.stop()
    with warnings.catch_warnings():
        # redis-py forgets sockets to nodes that have left; they are closed when they are collected.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path)


@pytest.fixture
def stores(redis: connection.Client, tmp_path: Path, namespace: str) -> Stores:
    return Stores(Settings(namespace=namespace, data_dir=tmp_path / "data"), redis)


@pytest.fixture
def generation(stores: Stores) -> Generation:
    return stores.generations.begin()


@pytest.fixture
def seconds() -> Callable[[Callable[[], object]], float]:
    """Tell how long a call takes."""

    def measure(call: Callable[[], object]) -> float:
        begun = monotonic()
        call()
        return monotonic() - begun

    return measure


@pytest.fixture
def other_stores(settings: Settings, tmp_path: Path, redis_url: str) -> Iterator[Stores]:
    """Stores of another service on the same Redis."""
    other = replace(settings, namespace=f"{settings.namespace}-2", data_dir=tmp_path / "other")
    with connection.long_timeout(settings.redis_url) as redis:
        yield Stores(other, redis)
