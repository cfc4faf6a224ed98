from collections.abc import Iterator

import pytest

from tests.chaos.stage import Stage
from tests.servers.rabbitmq import RABBITMQ_SERVER
from tests.servers.redis_servers import REDIS_SERVER


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A service to break, with servers of its own."""
    for server in (RABBITMQ_SERVER, REDIS_SERVER):
        if not server.exists():
            pytest.skip(f"{server} is not installed; `make test` installs it, as root")
    with Stage(tmp_path_factory.mktemp("chaos")) as stage:
        yield stage
