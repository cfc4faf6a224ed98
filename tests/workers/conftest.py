"""Work without messages: the functions that the tasks call."""

import pytest

from recs.stores import Stores
from recs.types import Generation


@pytest.fixture(scope="session")
def broker_url() -> str:
    """Who needs a broker here asks for `broker_server`: none is started for the others."""
    return "amqp://127.0.0.1:1//"


@pytest.fixture
def generation(stores: Stores) -> Generation:
    return stores.generations.begin()
