"""The keys of the generation that is replayed."""

import pytest

from recs.stores.keys import Keys
from recs.types import Generation


@pytest.fixture
def keys(namespace: str, generation: Generation) -> Keys:
    return Keys(namespace, generation)
