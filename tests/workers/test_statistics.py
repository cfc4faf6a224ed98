"""The statistics worker: one process at a time counts, and how soon it counts again."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest

from recs.interactions import Action
from recs.stores import Stores
from recs.stores.keys import Keys
from recs.types import Generation, ItemId
from tests.recs.stores.catalogues import add_to
from tests.waiting import until
from tests.workers.doing import interact, published
from workers import statistics as statistics_module
from workers.counting import Counting
from workers.statistics import StatisticsWorker

LOCK_SECONDS = 0.6

CountAt = Callable[..., list[float]]


pytestmark = pytest.mark.usefixtures("items")


@pytest.fixture
def begin(stores: Stores) -> Iterator[Callable[[], StatisticsWorker]]:
    """Begin workers, each with stores of its own; they let go at the end."""
    begun: list[StatisticsWorker] = []

    def begin() -> StatisticsWorker:
        own = Stores(stores.settings, stores.redis)
        begun.append(StatisticsWorker(own, lock_seconds=LOCK_SECONDS))
        return begun[-1]

    yield begin
    for each in begun:
        each.release()


def lock_of(stores: Stores) -> str:
    return Keys(stores.settings.namespace, Generation(0)).lock("statistics")


def test_of_two_workers_one_publishes_until_it_lets_go(
    begin: Callable[[], StatisticsWorker], stores: Stores, generation: Generation
) -> None:
    first, second = begin(), begin()
    first.run(0)
    number = published(stores, generation)[2]
    interact(stores, generation, "u", "a", Action.LIKE)
    second.run(0)
    after_second = published(stores, generation)[2]
    first.release()
    second.run(0)

    assert (number, after_second) == (1, 1)
    assert published(stores, generation)[0].counts.likes[0] == 1


def test_a_worker_that_lives_keeps_the_lock_however_long_it_takes(
    begin: Callable[[], StatisticsWorker], stores: Stores
) -> None:
    first, second = begin(), begin()
    first.run(0)

    assert not until(lambda: not stores.redis.exists(lock_of(stores)), 2 * LOCK_SECONDS)
    second.run(0)
    assert second._lock is None


def test_another_takes_over_from_one_that_is_dead(
    begin: Callable[[], StatisticsWorker], stores: Stores, generation: Generation
) -> None:
    stores.redis.set(lock_of(stores), "of the dead", px=int(1000 * LOCK_SECONDS))
    second, begun = begin(), monotonic()

    def publishes() -> bool:
        second.run(0)
        return stores.statistics.newest(generation, "statistics") is not None

    assert until(publishes, 5)
    assert LOCK_SECONDS / 2 < monotonic() - begun < LOCK_SECONDS + 2


def test_one_that_hung_in_the_midst_publishes_nothing_when_it_goes_on(
    begin: Callable[[], StatisticsWorker],
    stores: Stores,
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = begin(), begin()
    first.run(0)
    interact(stores, generation, "u", "a", Action.LIKE)
    assert first._counting is not None
    refresh, files = first._counting._window.refresh, {}

    def inodes() -> dict[str, int]:
        folder = stores.generations.folder(generation) / "statistics"
        return {path.name: path.stat().st_ino for path in folder.iterdir()}

    def hang(thoroughly: bool) -> Any:
        """Lose the lock while counting, as a process does that is stopped and goes on."""
        stores.redis.delete(lock_of(stores))
        second.run(0)
        interact(stores, generation, "v", "a", Action.LIKE)
        second.run(0)
        files.update(inodes())
        return refresh(thoroughly)

    monkeypatch.setattr(first._counting._window, "refresh", hang)
    first._counting._saved = -float("inf")  # a snapshot is due, too
    for _ in range(3):
        first.run(0)

    assert files == inodes()
    assert published(stores, generation)[0].counts.likes[0] == 2
    assert first._counting is None
    assert second._lock is not None


def test_one_whose_lock_expired_goes_on_if_nobody_has_taken_it(
    begin: Callable[[], StatisticsWorker],
    stores: Stores,
    generation: Generation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = begin()
    worker.run(0)
    counting = worker._counting
    assert counting is not None
    refresh = counting._window.refresh

    def starve(thoroughly: bool) -> Any:
        """Lose the lock while counting, as a process does that gets no processor for long."""
        stores.redis.delete(lock_of(stores))
        return refresh(thoroughly)

    monkeypatch.setattr(counting._window, "refresh", starve)
    interact(stores, generation, "u", "a", Action.LIKE)
    worker.run(0)

    assert published(stores, generation)[0].counts.likes[0] == 1
    assert worker._counting is counting


def test_one_that_goes_on_after_another_published_begins_no_number_again(
    begin: Callable[[], StatisticsWorker], stores: Stores, generation: Generation
) -> None:
    first, second = begin(), begin()
    first.run(0)
    stores.redis.delete(lock_of(stores))
    interact(stores, generation, "u", "a", Action.LIKE)
    second.run(0)
    second.release()
    interact(stores, generation, "v", "a", Action.LIKE)
    first.run(0)

    statistics, _, number = published(stores, generation)
    assert (statistics.counts.likes[0], number) == (2, 3)


def test_a_new_generation_is_counted_from_nothing(
    begin: Callable[[], StatisticsWorker], stores: Stores, generation: Generation
) -> None:
    worker = begin()
    interact(stores, generation, "u", "a", Action.LIKE)
    worker.run(0)
    new = stores.generations.begin()
    add_to(stores.catalogues.of(new), [(ItemId("x"), ())])
    interact(stores, generation, "u", "b", Action.LIKE)
    interact(stores, new, "u", "x", Action.DISLIKE)
    worker.run(0)

    statistics, figures, number = published(stores, new)
    assert number == 1
    assert (statistics.counts.likes.tolist(), statistics.counts.dislikes.tolist()) == ([0], [1])
    assert figures["totals"]["interactions"] == 1
    assert published(stores, generation)[1]["totals"]["interactions"] == 1


@pytest.fixture
def count_at(begin: Callable[[], StatisticsWorker], monkeypatch: pytest.MonkeyPatch) -> CountAt:
    """Run a worker for 0.85 s on a clock of its own; return when it counted."""

    def count_at(
        has_news: bool, happen: Callable[[float], object], takes: float = 0.0
    ) -> list[float]:
        counted, now, worker = [], [0.0], begin()

        def count(each: Counting) -> bool:
            counted.append(round(now[0], 3))
            each._catalogue.refresh()
            now[0] += takes
            return has_news

        def pause(seconds: float) -> None:
            now[0] += seconds
            happen(round(now[0], 3))

        monkeypatch.setattr(Counting, "publish_news", count)
        monkeypatch.setattr(statistics_module, "sleep", pause)
        monkeypatch.setattr(statistics_module, "monotonic", lambda: now[0])
        worker.run(0.85)
        return counted

    return count_at


@pytest.mark.parametrize(
    ("has_news", "times"),
    [
        pytest.param(True, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], id="busy"),
        pytest.param(False, [0, 0.5], id="idle"),
    ],
)
def test_within_its_time_it_counts_again_and_again(
    count_at: CountAt, has_news: bool, times: list[float]
) -> None:
    assert count_at(has_news, lambda now: None) == times


def test_a_count_that_takes_long_is_followed_by_a_pause_four_times_as_long(
    count_at: CountAt,
) -> None:
    assert count_at(True, lambda now: None, takes=0.03) == [0, 0.23, 0.46, 0.69]


def test_new_items_do_not_wait_for_the_next_count(
    count_at: CountAt, stores: Stores, generation: Generation
) -> None:
    def happen(now: float) -> None:
        if now == 0.2:
            add_to(stores.catalogues.of(generation), [(ItemId("new"), ())])

    assert count_at(False, happen) == [0, 0.2, 0.7]


def test_a_new_generation_does_not_wait_for_the_next_count(
    count_at: CountAt, stores: Stores
) -> None:
    def happen(now: float) -> None:
        if now == 0.2:
            stores.generations.begin()

    assert count_at(False, happen) == [0, 0.2, 0.7]
