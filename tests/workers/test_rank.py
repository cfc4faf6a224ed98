"""Rankers: who waits is ranked, whatever another user or another ranker does."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from time import time
from typing import Any

import numpy as np
import pytest
from redis.exceptions import ConnectionError

from recs.interactions import Action, Interaction
from recs.ranking.reservations import LocalReservations, Wish
from recs.ranking.slates import EXPLORE, Entries, unpack
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.stores.models import Choice
from recs.stores.vectors import Vectors, connect
from recs.types import Generation, ItemId, UserId
from workers import rank
from workers.counting import Counting
from workers.ingest import take
from workers.rank import Pace, RankWorker

pytestmark = pytest.mark.usefixtures("sent")

SECRET = "secret-id-of-a-user"
ITEMS = [f"i{n}" for n in range(60)]


class Clock:
    """What `time()` is for rankers: it moves by hand."""

    def __init__(self) -> None:
        self.now = time() + 60  # later than whatever ingest notes by the real clock

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rank, "time", clock)
    return clock


@pytest.fixture
def vectors(stores: Stores) -> Vectors:
    return connect(stores.settings)


@pytest.fixture
def start(stores: Stores, vectors: Vectors) -> Callable[..., RankWorker]:
    """Start rankers, each with stores of its own on the same Redis."""

    def start(**settings: Any) -> RankWorker:
        own = Stores.open(replace(stores.settings, **settings), stores.redis)
        return RankWorker(own, own.settings, vectors)

    return start


@pytest.fixture
def worker(start: Callable[..., RankWorker]) -> RankWorker:
    return start()


@pytest.fixture
def counting(stores: Stores, generation: Generation) -> Counting:
    """Sixty items, half of them dramas; statistics of them are published."""
    add(stores, generation, ITEMS)
    counting = Counting(generation, stores, stores.settings)
    counting.publish_news()
    return counting


def add(stores: Stores, generation: Generation, items: Sequence[str]) -> None:
    pairs = [(ItemId(item), ["War", "Drama"][n % 2 :][:1]) for n, item in enumerate(items)]
    stores.catalogues.of(generation).add(pairs)


def like(stores: Stores, generation: Generation, user: str, *items: str) -> None:
    rows = [Interaction(UserId(user), ItemId(item), Action.LIKE, 1).to_row() for item in items]
    take([(generation, rows)], stores)


def slate(stores: Stores, generation: Generation, user: str) -> Entries:
    return stores.users.states(generation, [UserId(user)])[0].slate


def slate_of(stores: Stores, generation: Generation, user: str) -> list[str]:
    """Return the items that wait for a user."""
    catalogue = stores.catalogues.of(generation)
    catalogue.refresh()
    return [catalogue.ids[row] for row in slate(stores, generation, user)["row"].tolist()]


def visit(stores: Stores, generation: Generation, user: str, at: float) -> None:
    stores.users.serve(generation, UserId(user), 10, at, b"", b"")


def fail_for(
    worker: RankWorker, monkeypatch: pytest.MonkeyPatch, row: int, error: Exception
) -> list[int]:
    """Let the ranking of users who interacted with a row raise; return when it did, in rankings."""
    draft, times = worker._ranker.draft, []

    def failing(state: Any, *rest: Any) -> Any:
        if row in state.rows:
            times.append(1)
            raise error
        return draft(state, *rest)

    monkeypatch.setattr(worker._ranker, "draft", failing)
    return times


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
        with pytest.raises(ConnectionError):
            worker.run()
    failing = stores.waiting.failing(generation)
    clock.now += stores.waiting.lease_seconds + 0.1
    worker.run()

    assert failing == 0
    assert slate_of(stores, generation, "u")


# Several rankers


@pytest.mark.usefixtures("counting")
def test_two_rankers_share_who_waits_and_rank_nobody_twice(
    start: Callable[..., RankWorker],
    stores: Stores,
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rank, "USERS_A_CALL", 5)
    rankers, ranked = [start(), start()], []

    def noting(ranks: Callable[..., set[UserId]]) -> Callable[..., set[UserId]]:
        def note(generation: Generation, users: Sequence[UserId], sources: Any) -> set[UserId]:
            ranked.extend(users)
            return ranks(generation, users, sources)

        return note

    for each in rankers:
        monkeypatch.setattr(each, "rank", noting(each.rank))
    users = [f"u{n}" for n in range(60)]
    for user in users:
        like(stores, generation, user, "i1")

    def work(worker: RankWorker) -> None:
        while worker.run():
            pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, rankers))

    assert sorted(ranked) == sorted(users)
    assert all(slate_of(stores, generation, user) for user in users)


@pytest.mark.usefixtures("counting")
def test_a_ranker_that_dies_delays_its_users_by_the_lease(
    worker: RankWorker, stores: Stores, generation: Generation, clock: Clock
) -> None:
    like(stores, generation, "u", "i1")
    stores.waiting.take(generation, 10, clock.now)  # and dies

    clock.now += stores.waiting.lease_seconds - 0.5
    worker.run()
    too_early = slate_of(stores, generation, "u")
    clock.now += 1
    worker.run()

    assert too_early == []
    assert slate_of(stores, generation, "u")


def explored(slates: Sequence[Entries]) -> list[int]:
    return [int(row) for each in slates for row in each["row"][each["source"] == EXPLORE]]


def explore(
    rankers: Sequence[RankWorker], stores: Stores, generation: Generation, n_users: int
) -> list[list[int]]:
    """Let rankers prepare slates for users in turn; return what those of each ranker explore."""
    found: list[list[int]] = [[] for _ in rankers]
    for n in range(n_users):
        for number, ranker in enumerate(rankers):
            user = f"u{n}-{number}"
            like(stores, generation, user, f"i{n % 10}")
            ranker.run()
            found[number] += explored([slate(stores, generation, user)])
    return found


class OfOneRanker:
    """Reservations that no other ranker sees."""

    def __init__(self) -> None:
        self._local = LocalReservations(120.0)

    def claim(self, _: Generation, now: float, wishes: Sequence[Wish]) -> list[list[int]]:
        return self._local.claim(now, wishes)


@pytest.fixture
def many_items(stores: Stores, generation: Generation) -> None:
    add(stores, generation, [f"i{n}" for n in range(600)])
    Counting(generation, stores, stores.settings).publish_news()


@pytest.mark.usefixtures("many_items")
def test_rankers_that_reserve_for_themselves_explore_the_same(
    start: Callable[..., RankWorker], stores: Stores, generation: Generation
) -> None:
    """The fault that shared reservations mend: see the next test."""
    rankers = [start(cold_start_slates=0), start(cold_start_slates=0)]
    for each in rankers:
        each._stores.__dict__["reserved"] = OfOneRanker()

    first, second = explore(rankers, stores, generation, 20)

    assert len(first) == len(set(first)) >= 60
    assert len(set(first) & set(second)) >= 10


@pytest.mark.usefixtures("many_items")
def test_rankers_explore_nothing_that_another_explores(
    start: Callable[..., RankWorker], stores: Stores, generation: Generation
) -> None:
    rankers = [start(cold_start_slates=4), start(cold_start_slates=4)]

    found = explore(rankers, stores, generation, 8)
    found.append(explored([unpack(each) for each in stores.cold_start.take(generation, 10)]))

    together = [row for rows in found for row in rows]
    assert min(map(len, found)) > 10
    assert len(together) == len(set(together))


@pytest.mark.usefixtures("counting")
def test_one_ranker_at_a_time_prepares_slates_for_newcomers(
    start: Callable[..., RankWorker], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for each in (start(cold_start_every_seconds=60.0), start(cold_start_every_seconds=60.0)):
        slates = each._ranker.cold_start_slates
        monkeypatch.setattr(
            each._ranker, "cold_start_slates", lambda *a, s=slates: (made.append(1), s(*a))[1]
        )
        each.run()
        each.run()

    assert len(made) == 1


@pytest.mark.usefixtures("counting")
def test_newcomers_find_different_slates_and_those_taken_are_replaced(
    start: Callable[..., RankWorker], stores: Stores, generation: Generation
) -> None:
    worker = start(cold_start_every_seconds=0.0)
    worker.run()
    first, second = (unpack(each)["row"].tolist() for each in stores.cold_start.take(generation, 2))
    worker.run()

    assert first[:10] != second[:10]
    assert stores.cold_start.length(generation) == stores.settings.cold_start_slates


# What is published


def test_new_items_come_into_the_slates_of_those_who_are_here(
    worker: RankWorker, stores: Stores, generation: Generation, counting: Counting
) -> None:
    like(stores, generation, "u", "i1", "i3")
    counting._refreshed = -float("inf")
    counting.publish_news()
    worker.run()
    add(stores, generation, ["new-war", "new-drama"])
    counting._refreshed = -float("inf")
    counting.publish_news()

    worker.run()
    worker.run()

    assert "new-drama" in slate_of(stores, generation, "u")


def test_items_that_are_no_candidates_yet_have_nobody_ranked_again(
    worker: RankWorker, stores: Stores, generation: Generation, counting: Counting
) -> None:
    like(stores, generation, "u", "i1", "i3")
    counting.publish_news()
    worker.run()
    add(stores, generation, ["new"])
    counting.publish_news()  # not thoroughly: that was done within a second

    worker.run()

    assert stores.waiting.length(generation) == 0
    counting._refreshed = -float("inf")
    counting.publish_news()
    worker.run()
    assert stores.waiting.length(generation) == 1


def test_new_statistics_count_from_the_next_run_on(
    worker: RankWorker, stores: Stores, generation: Generation, counting: Counting
) -> None:
    worker.run()
    before = worker._published.number
    like(stores, generation, "u", "i1")
    counting.publish_news()
    worker.run()

    assert (before, worker._published.number) == (1, 2)
    sources = worker._published.sources(generation)
    assert sources is not None
    assert sources.statistics.counts.total_likes == 1


def save_items(stores: Stores, generation: Generation, number: int) -> None:
    from recs.stores.arrays_file import write_arrays

    path = stores.generations.folder(generation) / "models" / str(number) / "items.arrays"
    vectors = np.eye(60, 8, dtype=np.float32)
    write_arrays(path, {"vectors": vectors, "biases": np.zeros(60, np.float32)}, {})
    stores.models.choose(generation, Choice(number))


@pytest.mark.usefixtures("counting")
def test_a_model_counts_from_the_next_run_on_and_a_damaged_one_does_not(
    worker: RankWorker,
    stores: Stores,
    generation: Generation,
    vectors: Vectors,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    used: list[int] = []
    monkeypatch.setattr(vectors, "use", lambda _, version, __: used.append(version))

    def vectors_in_use() -> Any:
        worker.run()
        sources = worker._published.sources(generation)
        assert sources is not None
        return sources.vectors

    none = vectors_in_use()
    save_items(stores, generation, 1)
    first = vectors_in_use()
    stores.models.choose(generation, Choice(2))  # whose file is missing
    still_first = vectors_in_use()
    (stores.generations.folder(generation) / "models" / "current.json").write_text("{")
    and_still = vectors_in_use()
    save_items(stores, generation, 3)

    assert none is None
    assert first is still_first is and_still is not None
    assert vectors_in_use() is not first
    assert vectors_in_use() is vectors_in_use()
    assert used == [1, 3]


def test_after_a_cleanup_nothing_of_the_generation_before_counts(
    worker: RankWorker, stores: Stores, generation: Generation, counting: Counting
) -> None:
    like(stores, generation, "u", "i1")
    counting.publish_news()
    worker.run()
    new = stores.generations.begin()
    add(stores, new, ["x"])
    like(stores, new, "u", "y")

    worker.run()
    before = slate_of(stores, new, "u")
    Counting(new, stores, stores.settings).publish_news()
    worker.run()

    assert before == []
    assert slate_of(stores, new, "u") == ["x"]


# Slates that grow old


def ranked_at(stores: Stores, generation: Generation, user: str) -> float:
    key = Keys(stores.settings.namespace, generation).ranked
    return float(stores.redis.zscore(key, user) or 0)


def test_old_slates_are_ranked_again_and_fresh_ones_are_not(
    worker: RankWorker, stores: Stores, generation: Generation, clock: Clock, counting: Counting
) -> None:
    like(stores, generation, "u", "i1")
    visit(stores, generation, "u", clock.now)
    worker.run()
    first = clock.now
    counting.publish_news()
    clock.now += stores.settings.rerank_age_seconds - 1
    worker.run()
    too_early = ranked_at(stores, generation, "u")
    clock.now += 2
    worker.run()

    assert too_early == pytest.approx(first, abs=1e-3)
    assert ranked_at(stores, generation, "u") == pytest.approx(clock.now, abs=1e-3)


def test_without_news_an_old_slate_is_as_good_as_a_new_one(
    worker: RankWorker, stores: Stores, generation: Generation, clock: Clock, counting: Counting
) -> None:
    like(stores, generation, "u", "i1")
    visit(stores, generation, "u", clock.now)
    worker.run()
    first = clock.now
    for _ in range(3):
        clock.now += stores.settings.rerank_age_seconds + 1
        worker.run()
    without = ranked_at(stores, generation, "u")
    counting.publish_news()
    clock.now += 1
    worker.run()

    assert without == pytest.approx(first, abs=1e-3)
    assert ranked_at(stores, generation, "u") == pytest.approx(clock.now, abs=1e-3)


def test_who_stays_away_is_left_alone(
    worker: RankWorker, stores: Stores, generation: Generation, clock: Clock, counting: Counting
) -> None:
    like(stores, generation, "u", "i1")
    visit(stores, generation, "u", clock.now)
    worker.run()
    counting.publish_news()
    before = slate_of(stores, generation, "u")
    clock.now += stores.settings.active_seconds + 1
    worker.run()

    assert stores.waiting.oldest_ranked(generation, clock.now + 1, 10) == []
    assert slate_of(stores, generation, "u") == before


def learn(stores: Stores, generation: Generation, number: int) -> None:
    """Publish an EASE by which whoever likes item 1 likes item 40 above all."""
    weights = np.zeros((2, 2), np.float32)
    weights[0, 1] = 1.0
    arrays = {"rows": np.array([1, 40]), "weights": weights}
    stores.statistics.publish(
        generation, "ease", number, arrays, {"trust": 10.0, "old": 1.0, "likes": number}
    )


@pytest.mark.usefixtures("counting")
def test_who_brought_a_history_is_ranked_again_when_ease_has_learned_from_it(
    worker: RankWorker, stores: Stores, generation: Generation, clock: Clock
) -> None:
    like(stores, generation, "u", "i1")
    worker.run()
    first = slate(stores, generation, "u")
    for _ in range(2):  # as long as there is none, nothing is done
        clock.now += stores.settings.rerank_age_seconds + 1
        worker.run()
    waited = slate(stores, generation, "u")
    learn(stores, generation, 1)
    clock.now += stores.settings.rerank_age_seconds + 1
    worker.run()
    learned = slate(stores, generation, "u")
    clock.now += stores.settings.rerank_age_seconds + 1
    worker.run()

    assert waited.tobytes() == first.tobytes()
    assert learned["row"][0] == 40
    assert slate(stores, generation, "u").tobytes() == learned.tobytes()  # once for each EASE


def test_who_brought_a_history_long_ago_is_left_alone(
    start: Callable[..., RankWorker],
    stores: Stores,
    generation: Generation,
    clock: Clock,
    counting: Counting,
) -> None:
    worker = start(active_seconds=0.0)
    like(stores, generation, "u", "i1")
    worker.run()
    counting.publish_news()
    clock.now += stores.settings.rerank_age_seconds + 1
    worker.run()

    assert stores.waiting.oldest_ranked(generation, clock.now + 1, 10) == []


def test_only_so_much_time_is_spent_on_old_slates(
    start: Callable[..., RankWorker],
    stores: Stores,
    generation: Generation,
    clock: Clock,
    counting: Counting,
) -> None:
    worker, idle = start(rerank_budget_seconds=0.001), start(rerank_budget_seconds=0.0)
    for n in range(40):
        like(stores, generation, f"u{n}", "i1")
        visit(stores, generation, f"u{n}", clock.now)
    while worker.run():
        pass
    counting.publish_news()
    clock.now += stores.settings.rerank_age_seconds + 1
    since = clock.now - 1

    def n_reranked() -> int:
        return 40 - len(stores.waiting.oldest_ranked(generation, since, 100))

    idle.run()
    of_idle = n_reranked()
    worker.run()

    assert (of_idle, n_reranked()) == (0, rank.RERANKED_A_CALL)


def test_a_pace_is_due_at_first_and_then_after_its_period() -> None:
    now = [100.0]
    pace = Pace(2.0, lambda: now[0])

    at_first = pace.due()
    pace.done()
    now[0] += 1.9
    too_early = pace.due()
    now[0] += 0.1

    assert (at_first, too_early, pace.due()) == (True, False, True)
