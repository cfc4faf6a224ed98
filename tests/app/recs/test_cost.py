"""What an answer of /recs costs: calls of Redis, looks into folders."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from redis import Redis

from recs.stores import Stores, connection, generations
from recs.types import Generation, ItemId
from tests.app.recs.conftest import ITEMS, recs
from tests.recs.stores.catalogues import add_to


class Counted:
    """Counts calls, and makes them."""

    def __init__(self, call: Any) -> None:
        self.count = 0
        self._call = call

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.count += 1
        return self._call(*args, **kwargs)


LOOKS: list[list[str]] = []


def note_look(event: str, _: tuple[object, ...]) -> None:
    if event in ("os.listdir", "os.scandir"):
        for looks in LOOKS:
            looks.append(event)


sys.addaudithook(note_look)  # for good: Python cannot take it back


@contextmanager
def looks_into_folders() -> Iterator[list[str]]:
    """Note every listdir and scandir of this process."""
    LOOKS.append([])
    try:
        yield LOOKS[-1]
    finally:
        LOOKS.pop()


def test_looks_into_folders_are_noticed(tmp_path: Path) -> None:
    with looks_into_folders() as looks:
        os.listdir(tmp_path)

    assert looks == ["os.listdir"]


@pytest.fixture
def quiet(
    recommender: FlaskClient, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    """A recommender that refreshes no more, and whose lease lasts a minute."""
    assert generation
    monkeypatch.setattr(generations, "LEASE_SECONDS", 60.0)
    recommender.get("/recs/first")
    context = recommender.application.extensions["recommender"]
    context.background.stop()
    context.stores.lease.look()
    return recommender


@pytest.mark.parametrize("prepared", [pytest.param(30, id="slate"), pytest.param(1, id="used up")])
def test_a_list_costs_one_call_of_redis_and_no_look_into_folders(
    quiet: FlaskClient,
    prepare: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    prepared: int,
) -> None:
    prepare("u", **{item: 1.0 for item in ITEMS[:prepared]})
    recs(quiet, "u?k=1")  # the node that is asked knows the script
    context = quiet.application.extensions["recommender"]
    serve = context.stores.users._serve
    asks, how = (serve, "_execute") if serve._own is None else (serve._own, "ask")
    sent = Counted(getattr(asks, how))
    monkeypatch.setattr(asks, how, sent)
    others = Counted(context.stores.redis.execute_command)
    monkeypatch.setattr(context.stores.redis, "execute_command", others)
    stats = Counted(os.stat)
    monkeypatch.setattr(os, "stat", stats)

    with looks_into_folders() as looks:
        served = recs(quiet, "u")

    assert len(served) == 10
    assert (sent.count, others.count, stats.count, looks) == (1, 0, 0, [])


def test_whom_no_ranker_ranks_does_not_cost_three_calls_a_list(
    quiet: FlaskClient, stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = stores.catalogues.of(generation)
    add_to(catalogue, ((ItemId(f"more{n}"), ("Drama",)) for n in range(260)))
    context = quiet.application.extensions["recommender"]
    context.stores.lease.look()
    calls = Counted(context.stores.users._serve)
    monkeypatch.setattr(context.stores.users, "_serve", calls)

    served = [item for _ in range(25) for item in recs(quiet, "u")]

    assert len(served) == len(set(served)) == 250
    assert calls.count <= 25 + 5


def test_redis_itself_sees_one_script_of_few_commands(
    quiet: FlaskClient, stores: Stores, prepare: Callable[..., None]
) -> None:
    prepare("u", **{item: 1.0 for item in ITEMS[:30]})
    recs(quiet, "u")  # every node that is asked knows the script
    for node in nodes_of(stores.redis):
        node.config_resetstat()

    recs(quiet, "u")

    calls = Counter[str]()
    for node in nodes_of(stores.redis):
        for name, each in node.info("commandstats").items():
            calls[name.removeprefix("cmdstat_")] += each["calls"]
    assert calls["evalsha"] == 1
    assert sum(calls[name] for name in calls if name not in OF_THE_TEST) <= 6


OF_THE_TEST = {"config|resetstat", "info", "cluster|slots", "hello", "client|setinfo", "command"}


def nodes_of(redis: connection.Client) -> list[Redis]:
    if isinstance(redis, Redis):
        return [redis]
    return [redis.get_redis_connection(node) for node in redis.get_primaries()]
