"""A ranker, a clock that moves by hand, statistics."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from recs.stores import Stores, waiting
from recs.stores.vectors import Vectors, connect
from recs.types import Generation
from tests.workers.rank.rankers import ITEMS, Clock, add
from workers.counting import Counting
from workers.rank import RankWorker


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiting, "time", clock)
    return clock


@pytest.fixture
def vectors(stores: Stores) -> Vectors:
    return connect(stores.settings)


@pytest.fixture
def start(stores: Stores, vectors: Vectors) -> Callable[..., RankWorker]:
    """Start rankers, each with stores of its own on the same Redis."""

    def start(**settings: Any) -> RankWorker:
        own = Stores(replace(stores.settings, **settings), stores.redis)
        return RankWorker(own, vectors)

    return start


@pytest.fixture
def worker(start: Callable[..., RankWorker]) -> RankWorker:
    return start()


@pytest.fixture
def counting(stores: Stores, generation: Generation) -> Counting:
    """Sixty items, half of them dramas; statistics of them are published."""
    add(stores, generation, ITEMS)
    counting = Counting(generation, stores)
    counting.publish_news()
    return counting
