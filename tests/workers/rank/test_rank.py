"""Rankers: who waits is ranked, whatever another user does."""

import logging
from contextlib import suppress
from time import time

import pytest
from redis.exceptions import ConnectionError

from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.waiting import LEASE_SECONDS
from recs.types import Generation, UserId
from tests.workers.doing import like
from tests.workers.rank.rankers import ITEMS, SECRET, Clock, add, fail_for, slate_of, visit
from workers import rank
from workers.rank import RankWorker

pytestmark = pytest.mark.usefixtures("sent")


@pytest.mark.usefixtures("counting")
def test_who_waits_gets_a_slate_without_what_they_interacted_with(
    worker: RankWorker, stores: Stores, generation: Generation
) -> None:
    like(stores, generation, "u", "i1", "i2")

    assert worker.run() is False

    ranked = slate_of(stores, generation, "u")
    assert len(ranked) == len(set(ranked)) == 30
    assert not {"i1", "i2"} & set(ranked)
    assert stores.waiting.length(generation) == 0
    assert stores.waiting.oldest_ranked(generation, time() + 1, 10) == ["u"]


@pytest.mark.usefixtures("counting")
def test_a_ranker_whose_clock_is_behind_ranks_who_waits(
    worker: RankWorker, stores: Stores, generation: Generation, clock: Clock
) -> None:
    clock.now -= 86_400
    like(stores, generation, "u", "i1")

    worker.run()

    assert slate_of(stores, generation, "u")
    assert stores.waiting.length(generation) == 0
    assert stores.waiting.oldest_ranked(generation, time() - 3_600, 10) == []


@pytest.mark.usefixtures("counting")
def test_how_long_it_took_is_noted(
    worker: RankWorker, stores: Stores, generation: Generation
) -> None:
    like(stores, generation, "u", "i1")

    worker.run()

    (delay,) = stores.time_series.delays(generation)
    assert 0 <= delay < 5_000


def test_without_statistics_nothing_is_done(
    worker: RankWorker, stores: Stores, generation: Generation
) -> None:
    add(stores, generation, ITEMS)
    like(stores, generation, "u", "i1")

    assert worker.run() is False

    assert stores.waiting.length(generation) == 1
    assert [user for user, _ in stores.waiting.take(generation, 10, time() + 1)] == ["u"]
    assert slate_of(stores, generation, "u") == []


@pytest.mark.usefixtures("counting")
def test_a_whole_crowd_is_ranked(
    worker: RankWorker, stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rank, "USERS_A_CALL", 2)
    users = [f"u{n}" for n in range(7)]
    for user in users:
        like(stores, generation, user, "i1")

    while worker.run():
        pass

    assert all(slate_of(stores, generation, user) for user in users)


@pytest.mark.usefixtures("counting")
def test_newcomers_need_not_wait_for_a_whole_crowd(
    worker: RankWorker, stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rank, "USERS_A_CALL", 1)
    for number in range(7):
        like(stores, generation, f"u{number}", "i1")

    assert worker.run() is True
    assert stores.cold_start.length(generation) == stores.settings.cold_start_slates
    assert stores.waiting.length(generation) == 6


# One user whose ranking raises


@pytest.mark.usefixtures("counting")
def test_a_user_whose_ranking_raises_delays_nobody(
    worker: RankWorker, stores: Stores, generation: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_for(worker, monkeypatch, 7, ZeroDivisionError())
    for user, item in (("a", "i1"), (SECRET, "i7"), ("b", "i2")):
        like(stores, generation, user, item)

    worker.run()

    assert len(slate_of(stores, generation, "a")) == len(slate_of(stores, generation, "b")) == 30
    assert slate_of(stores, generation, SECRET) == []
    assert stores.cold_start.length(generation) == stores.settings.cold_start_slates
    assert (stores.waiting.failing(generation), stores.waiting.length(generation)) == (1, 1)
    assert len(stores.time_series.delays(generation)) == 2


@pytest.mark.usefixtures("counting")
def test_they_are_tried_again_with_growing_pauses_and_are_well_again_afterwards(
    worker: RankWorker,
    stores: Stores,
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    with monkeypatch.context() as patched:
        tries = fail_for(worker, patched, 7, ZeroDivisionError())
        like(stores, generation, "u", "i7")
        begun, tried_at = clock.now, []
        for second in range(20):
            clock.now = begun + 1.001 * second
            like(stores, generation, "u", "i8")  # whatever they do meanwhile
            before = len(tries)
            worker.run()
            tried_at += [second] * (len(tries) - before)
    clock.now = begun + 31.1
    worker.run()

    assert tried_at == [0, 1, 3, 7, 15]  # after pauses of 1, 2, 4 and 8 s
    assert len(slate_of(stores, generation, "u")) == 30
    assert stores.waiting.failing(generation) == 0


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize(
    "error", [KeyError(SECRET), ValueError(f"{SECRET} is odd"), ZeroDivisionError("by nothing")]
)
def test_what_is_logged_names_the_place_and_not_the_user(
    worker: RankWorker,
    stores: Stores,
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    fail_for(worker, monkeypatch, 7, error)
    like(stores, generation, SECRET, "i7")
    caplog.set_level(logging.DEBUG)

    worker.run()

    (record,) = [each for each in caplog.records if each.levelno >= logging.ERROR]
    written = logging.Formatter().format(record) + repr(vars(record))
    assert SECRET not in written
    assert SECRET not in caplog.text
    assert type(error).__name__ in written
    assert "in failing" in written
    assert "again in 1 s" in written


@pytest.mark.usefixtures("counting")
@pytest.mark.parametrize("part", ["interactions", "shown", "slate"])
def test_a_user_whose_keys_are_damaged_delays_nobody(
    worker: RankWorker, stores: Stores, generation: Generation, part: str
) -> None:
    key = getattr(Keys(stores.settings.namespace, generation), part)(UserId("u"))
    for user in ("a", "u", "b"):
        like(stores, generation, user, "i1")
    stores.redis.delete(key)
    if part == "interactions":
        stores.redis.set(key, "damaged")
    else:
        stores.redis.hset(key, "dama", "ged") if part == "slate" else stores.redis.set(key, "odd")

    worker.run()

    assert len(slate_of(stores, generation, "a")) == len(slate_of(stores, generation, "b")) == 30
    assert stores.waiting.failing(generation) == 1
    assert stores.waiting.length(generation) == 1


@pytest.mark.usefixtures("counting")
def test_a_user_who_was_ranked_before_and_fails_now_is_left_to_the_pause(
    worker: RankWorker,
    stores: Stores,
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    like(stores, generation, "u", "i1")
    visit(stores, generation, "u", clock.now)
    worker.run()
    tries = fail_for(worker, monkeypatch, 1, ZeroDivisionError())
    clock.now += stores.settings.rerank_age_seconds + 1
    worker.run()
    for _ in range(5):
        stores.waiting.failed(generation, UserId("u"), clock.now)  # their pause is half a minute
    for _ in range(3):
        clock.now += stores.settings.rerank_age_seconds + 1
        worker.run()

    assert len(tries) == 1
    assert stores.waiting.failing(generation) == 1


@pytest.mark.usefixtures("counting")
def test_a_redis_that_is_away_is_nobodys_own_failure(
    worker: RankWorker,
    stores: Stores,
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
    clock: Clock,
) -> None:
    def away(*_: object) -> None:
        raise ConnectionError

    like(stores, generation, "u", "i1")
    with monkeypatch.context() as patched:
        patched.setattr(worker._stores.users._states, "run_many", away)
        with suppress(ConnectionError):  # in a cluster, others are ranked
            worker.run()
    failing = stores.waiting.failing(generation)
    clock.now += LEASE_SECONDS + 0.1
    worker.run()

    assert failing == 0
    assert slate_of(stores, generation, "u")
