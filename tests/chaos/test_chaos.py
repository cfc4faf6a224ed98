"""The short form of `make chaos`: three faults, once each, on half the load."""

from collections.abc import Iterator

import pytest

from tests.chaos.faults import FAULTS, Fault
from tests.chaos.stage import Stage
from tests.chaos.trial import play
from tests.servers.rabbitmq import RABBITMQ_SERVER
from tests.servers.redis import REDIS_SERVER

SHORT = [fault for fault in FAULTS if fault.in_short]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    for server in (RABBITMQ_SERVER, REDIS_SERVER):
        if not server.exists():
            pytest.skip(f"{server} is not installed; `make test` installs it, as root")
    with Stage(tmp_path_factory.mktemp("chaos")) as stage:
        yield stage


@pytest.mark.parametrize("fault", SHORT, ids=lambda fault: fault.name)
def test_a_fault_loses_nothing_and_passes(stage: Stage, fault: Fault) -> None:
    result = play(stage, fault, reactions_per_second=50, visits_per_second=25)

    assert result.accepted > 0
    assert result.wrong == ()
