"""What tests may ask for: private real servers, settings that use them, the whole service.

A server starts when the first test asks for it, and for no other reason. Tests that need one are
marked `servers`: by the fixtures that they ask for, or because their module names the class of a
server. Those that load whole processes or measure them are marked `last`, too: `make test` runs
them after all others. `make unit` leaves out these and, marked by hand, `slow`.
"""

import gc
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from recs.settings import Settings
from tests.clock import Clock
from tests.groups import LAST, Groups, group_of
from tests.servers.ports import give_back, own_port
from tests.servers.processes import OwnProcess
from tests.servers.rabbitmq import RABBITMQ_SERVER, RabbitMQServer
from tests.servers.redis_servers import REDIS_SERVER, RedisCluster, RedisServer
from tests.servers.service import Service

if TYPE_CHECKING:
    from recs.stores import Stores

pytest_plugins = ["pytester", "tests.strict"]

SERVERS = {
    *("redis_server", "own_redis", "redis_cluster_server", "own_redis_cluster"),
    *("broker_server", "own_broker"),
    *("service", "start_service", "chromium", "stage"),
    *("redis_url", "redis_cluster_url", "real"),
}
"""Fixtures that are servers or start some, and parameters that stand for such fixtures."""

NO_REDIS = "redis://127.0.0.1:1/0"
NO_BROKER = "amqp://127.0.0.1:1//"
"""No process may listen there: connections are refused at once."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "servers: needs Redis, RabbitMQ or Chromium")
    config.addinivalue_line("markers", "slow: takes a quarter of a second or more by itself")
    config.addinivalue_line("markers", "last: needs servers, and most of both cores")


def pytest_collection() -> None:
    """Collect no garbage while modules and tests are loaded: hardly any of it goes again."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Take all that is loaded by now out of garbage collection: a tenth of `make unit`."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a server, and those of them that run last.

    What takes longest comes first, so that no process waits for another one at the end.
    """
    for item in items:
        assert isinstance(item, pytest.Function)
        if SERVERS & _asked(item) or _names(item.module, OwnProcess, RedisCluster):
            item.add_marker("servers")
        if item.get_closest_marker("servers") and LAST & {*item.path.parts}:
            item.add_marker("last")
    items.sort(key=_comes_late)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Groups | None:
    return Groups(config, log) if config.getoption("dist") == "loadfile" else None


def _comes_late(item: pytest.Item) -> tuple[bool, bool]:
    """Say whether a test does not share the one service, and starts none."""
    assert isinstance(item, pytest.Function)
    return group_of(item.path.as_posix()) != "service", not _names(item.module, Service)


def _asked(item: pytest.Function) -> set[object]:
    """Return the fixtures of a test, and its parameters: some are names of fixtures."""
    parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
    return {*item.fixturenames, *(each for each in parameters if isinstance(each, str))}


@cache
def _names(module: object, *classes: type) -> bool:
    """Say whether a module defines or imports one of these classes, or a subclass."""
    return any(
        isinstance(each, type) and issubclass(each, classes) for each in vars(module).values()
    )


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis for all tests. Each keeps to its own namespace; none breaks it."""
    yield from _redis(tmp_path_factory.mktemp("redis"))


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis for this test alone, to break."""
    yield from _redis(tmp_path / "redis")


@pytest.fixture(scope="session")
def redis_cluster_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """A Redis Cluster of three for all tests. Each keeps to its own namespace; none breaks it."""
    _need(REDIS_SERVER)
    cluster = RedisCluster(tmp_path_factory.mktemp("redis-cluster"))
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def own_redis_cluster(tmp_path: Path) -> Iterator[RedisCluster]:
    """A Redis Cluster of three for this test alone, to break."""
    _need(REDIS_SERVER)
    cluster = RedisCluster(tmp_path / "redis-cluster")
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def broker_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMQServer]:
    """A RabbitMQ for all tests. Each keeps to its own namespace; none breaks it."""
    yield from _rabbitmq(tmp_path_factory.mktemp("rabbitmq"))


@pytest.fixture
def own_broker(tmp_path: Path) -> Iterator[RabbitMQServer]:
    """A RabbitMQ for this test alone, to break."""
    yield from _rabbitmq(tmp_path / "rabbitmq")


@pytest.fixture(scope="session")
def redis_url(redis_server: RedisServer) -> str:
    return redis_server.url


@pytest.fixture(scope="session")
def redis_cluster_url(redis_cluster_server: RedisCluster) -> str:
    return redis_cluster_server.url


@pytest.fixture(scope="session")
def broker_url(broker_server: RabbitMQServer) -> str:
    return broker_server.url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def namespace() -> str:
    """A prefix of keys and queues for this test alone."""
    return f"test-{uuid4().hex[:12]}"


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path, namespace: str) -> Iterator[Settings]:
    """Settings with everything of this test's own.

    Redis and RabbitMQ are in them if the test asks for `redis_url` or `broker_url`, by itself or
    through another fixture. Otherwise no server answers at their URLs.
    """

    def url(name: str, otherwise: str) -> str:
        wanted = name in request.fixturenames
        return str(request.getfixturevalue(name)) if wanted else otherwise

    redis_url, broker_url = url("redis_url", NO_REDIS), url("broker_url", NO_BROKER)
    settings = _settings(tmp_path, namespace, redis_url, broker_url)
    yield settings
    give_back(
        *(settings.collector_port, settings.recommender_port),
        *(settings.page_port, settings.flower_port),
    )


@pytest.fixture
def stores(settings: Settings, redis_url: str) -> Iterator["Stores"]:
    """Open the stores of a worker that has everything to itself."""
    from recs.stores import Stores, connection

    with connection.long_timeout(redis_url) as redis:
        yield Stores(settings, redis)


@pytest.fixture(scope="session")
def service(
    tmp_path_factory: pytest.TempPathFactory, redis_url: str, broker_url: str
) -> Iterator[Service]:
    """The whole service, for journeys that do not break it."""
    folder = tmp_path_factory.mktemp("service")
    service = Service(_settings(folder, f"test-{uuid4().hex[:12]}", redis_url, broker_url))
    service.start()
    yield service
    service.stop()


@pytest.fixture
def start_service(redis_url: str, broker_url: str) -> Iterator[Callable[[Settings], Service]]:
    """Start whole services that this test may break. `settings` then has both servers."""
    started: list[Service] = []

    def start(settings: Settings) -> Service:
        service = Service(settings)
        started.append(service)
        service.start()
        return service

    yield start
    for service in started:
        service.stop()


def _settings(folder: Path, namespace: str, redis_url: str, broker_url: str) -> Settings:
    return Settings(
        namespace=namespace,
        data_dir=folder / "data",
        collector_port=own_port(),
        recommender_port=own_port(),
        page_port=own_port(),
        flower_port=own_port(),
        broker_url=broker_url,
        redis_url=redis_url,
    )


def _redis(folder: Path) -> Iterator[RedisServer]:
    _need(REDIS_SERVER)
    server = RedisServer(folder)
    server.start()
    yield server
    server.stop()


def _rabbitmq(folder: Path) -> Iterator[RabbitMQServer]:
    _need(RABBITMQ_SERVER)
    server = RabbitMQServer(folder)
    server.start()
    yield server
    server.close()


def _need(program: Path) -> None:
    if not program.exists():
        pytest.skip(f"{program} is not installed; `make test` installs it, as root")
