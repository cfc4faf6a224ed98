"""An epoch to write to, and a clock."""

from collections.abc import Callable
from time import monotonic

import pytest

from recs.stores import Stores
from recs.types import Epoch


@pytest.fixture
def epoch(stores: Stores) -> Epoch:
    return stores.epochs.begin()


@pytest.fixture
def seconds() -> Callable[[Callable[[], object]], float]:
    """Tell how long a call takes."""

    def measure(call: Callable[[], object]) -> float:
        begun = monotonic()
        call()
        return monotonic() - begun

    return measure
