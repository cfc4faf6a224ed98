"""When there is much more to learn from, as after an import, models are to be fitted at once."""

import pytest

import workers
from recs.interactions import Action, Interaction
from recs.stores import Stores
from recs.stores.log import Kind
from recs.types import Generation, ItemId, UserId
from tests.recs.stores.catalogues import add_to
from workers import counting as counting_module
from workers.counting import Counting
from workers.statistics import StatisticsWorker


def like(stores: Stores, generation: Generation, count: int) -> None:
    """Log so many interactions."""
    row = Interaction(UserId("u"), ItemId("a"), Action.LIKE, 1.0).to_row()
    stores.log.append(generation, Kind.INTERACTIONS, [row] * count)


@pytest.fixture
def growth(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(counting_module, "GROWTH_LEAST", 4)
    return 4


class Watched:
    """A counting whose clock moves by hand; how often it told that it has grown."""

    def __init__(self, stores: Stores, generation: Generation) -> None:
        self.now, self.told, self._place = 100.0, 0, (stores, generation)
        self.counting = Counting(generation, stores, clock=lambda: self.now, on_growth=self._tell)

    def _tell(self) -> None:
        self.told += 1

    def like(self, count: int) -> None:
        like(*self._place, count)

    def pass_by(self) -> int:
        """Count once more, a moment later; return how often growth was told."""
        self.now += 0.1
        self.counting.publish_news()
        return self.told


def test_when_an_import_is_over_it_is_saved_and_told(
    stores: Stores, generation: Generation, growth: int
) -> None:
    add_to(stores.catalogues.of(generation), [(ItemId("a"), ("Drama",))])
    watched = Watched(stores, generation)
    watched.pass_by()
    path = stores.statistics.window(generation)
    empty = path.stat().st_ino
    watched.like(growth)

    assert [watched.pass_by() for _ in range(4)] == [0, 1, 1, 1]
    assert path.stat().st_ino != empty


def test_growth_is_told_again_only_when_there_is_half_as_much_again(
    stores: Stores, generation: Generation, growth: int
) -> None:
    watched = Watched(stores, generation)
    told = []
    for count in (growth - 1, 1, growth + 1, 1):  # 3, 4, 9, 10
        watched.like(count)
        watched.pass_by()
        told.append(watched.pass_by())

    assert told == [0, 1, 1, 2]


@pytest.mark.usefixtures("growth")
def test_while_interactions_keep_coming_growth_is_told_with_the_next_snapshot(
    stores: Stores, generation: Generation
) -> None:
    watched = Watched(stores, generation)
    watched.pass_by()
    told = []
    for _ in range(5):
        watched.like(10)
        told.append(watched.pass_by())
        watched.now += counting_module.SNAPSHOT_SECONDS / 3

    assert told == [0, 0, 0, 1, 1]


def test_a_worker_that_takes_over_tells_nothing_of_what_was_known(
    stores: Stores, generation: Generation, growth: int
) -> None:
    first = Watched(stores, generation)
    first.like(growth)
    assert [first.pass_by(), first.pass_by()] == [1, 1]

    second = Watched(stores, generation)
    second.like(1)

    assert [second.pass_by(), second.pass_by()] == [0, 0]


def test_a_worker_asks_for_a_training_when_there_is_much_more(
    stores: Stores, generation: Generation, growth: int, sent: list[str]
) -> None:
    worker = StatisticsWorker(stores, on_growth=workers.ask_for_training)
    like(stores, generation, growth)

    worker.run(seconds=0.0)
    worker.release()

    assert sent == ["train"]
