"""The short form of `make chaos`: three faults, once each, with half of the load."""

import pytest

from tests.chaos.faults import FAULTS, Fault
from tests.chaos.stage import Stage
from tests.chaos.trial import play

SHORT = [fault for fault in FAULTS if fault.in_short]


@pytest.mark.parametrize("fault", SHORT, ids=lambda fault: fault.name)
def test_a_fault_loses_nothing_and_passes(stage: Stage, fault: Fault) -> None:
    result = play(stage, fault, interactions_per_second=50, visits_per_second=25)

    assert result.accepted > 0
    assert result.wrong == ()
