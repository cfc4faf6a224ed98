"""Work without messages: the functions that the tasks call."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import workers
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.catalogues import add_to


@pytest.fixture(params=["redis_url", "redis_cluster_url"], ids=["one", "cluster"])
def redis(request: pytest.FixtureRequest) -> Iterator[connection.Client]:
    """One Redis, then a cluster of three: all work is done on both."""
    with connection.long_timeout(request.getfixturevalue(request.param)) as client:
        yield client


@pytest.fixture
def stores(redis: connection.Client, tmp_path: Path, namespace: str) -> Stores:
    """Open the stores of a worker that has everything to itself."""
    return Stores(Settings(namespace=namespace, data_dir=tmp_path / "data"), redis)


@pytest.fixture
def generation(stores: Stores) -> Generation:
    return stores.generations.begin()


@pytest.fixture
def items(stores: Stores, generation: Generation) -> list[str]:
    """Three items: a drama, a war film that is a drama, too, and one without genres."""
    pairs = [("a", ["Drama"]), ("b", ["War", "Drama"]), ("c", [])]
    add_to(stores.catalogues.of(generation), ((ItemId(item), genres) for item, genres in pairs))
    return [item for item, _ in pairs]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that are sent. None is."""
    names: list[str] = []
    monkeypatch.setattr(workers.celery, "send_task", lambda name, **_: names.append(name))
    return names


@pytest.fixture
def opinions(stores: Stores) -> Callable[[Generation, str], dict[str, int]]:
    """Tell what Redis knows of a user: item -> +1 or -1."""

    def ask(generation: Generation, user: str) -> dict[str, int]:
        catalogue = stores.catalogues.of(generation)
        catalogue.refresh()
        found = stores.users.interactions(generation, UserId(user))
        return {catalogue.ids[row]: sign for row, sign in found.items()}

    return ask
