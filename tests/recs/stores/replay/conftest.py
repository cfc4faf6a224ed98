"""Stores on one Redis and on a cluster, and the keys of their generation."""

from pathlib import Path

import pytest

from recs.settings import Settings
from recs.stores import Stores
from recs.stores.connection import Client
from recs.stores.keys import Keys
from recs.types import Generation


@pytest.fixture
def stores(redis: Client, tmp_path: Path, namespace: str) -> Stores:
    return Stores(Settings(namespace=namespace, data_dir=tmp_path / "data"), redis)


@pytest.fixture
def keys(namespace: str, generation: Generation) -> Keys:
    return Keys(namespace, generation)
