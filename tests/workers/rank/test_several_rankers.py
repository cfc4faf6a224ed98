"""Several rankers share the work, and what there is to explore."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from recs.ranking.reservations import Wish
from recs.ranking.slates import EXPLORE, Entries, unpack
from recs.ranking.sources import Sources
from recs.ranking.user_state import UserState
from recs.stores import Stores
from recs.stores.waiting import LEASE_SECONDS
from recs.types import Generation, UserId
from simulator.reservations import LocalReservations
from tests.workers.doing import like
from tests.workers.rank.rankers import Clock, add, slate, slate_of
from workers import rank
from workers.counting import Counting
from workers.rank import RankWorker
from workers.ranking import SomeUsers

pytestmark = pytest.mark.usefixtures("sent")


@pytest.mark.usefixtures("counting")
def test_two_rankers_share_who_waits_and_rank_nobody_twice(
    start: Callable[..., RankWorker],
    stores: Stores,
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rank, "USERS_A_CALL", 5)
    ranks, ranked = SomeUsers.rank, []

    def note(some: SomeUsers, states: Mapping[UserId, UserState], sources: Sources) -> None:
        ranked.extend(states)
        ranks(some, states, sources)

    monkeypatch.setattr(SomeUsers, "rank", note)
    users = [f"u{n}" for n in range(60)]
    for user in users:
        like(stores, generation, user, "i1")

    def work(worker: RankWorker) -> None:
        while worker.run():
            pass

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, [start(), start()]))

    assert sorted(ranked) == sorted(users)
    assert all(slate_of(stores, generation, user) for user in users)


@pytest.mark.usefixtures("counting")
def test_a_ranker_that_dies_delays_its_users_by_the_lease(
    worker: RankWorker, stores: Stores, generation: Generation, clock: Clock
) -> None:
    like(stores, generation, "u", "i1")
    stores.waiting.take(generation, 10, clock.now)  # and dies

    clock.now += LEASE_SECONDS - 0.5
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
    Counting(generation, stores).publish_news()


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
