"""New items, new statistics, new models: what rankers make of them."""

import os
from collections.abc import Callable
from errno import EIO, EMFILE, ENOENT, errorcode
from time import time
from typing import Any

import numpy as np
import pytest

from recs.stores import Stores, models, statistics_files
from recs.stores.keys import Keys
from recs.stores.models import Choice
from recs.stores.vectors import Vectors
from recs.types import Generation
from tests.workers.doing import like
from tests.workers.rank.rankers import add, slate_of
from workers.counting import Counting
from workers.rank import RankWorker

pytestmark = pytest.mark.usefixtures("sent")


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


def test_only_new_items_have_those_who_are_here_ranked_again(
    worker: RankWorker, stores: Stores, generation: Generation, counting: Counting
) -> None:
    like(stores, generation, "u", "i1", "i3")
    counting.publish_news()
    worker.run()
    like(stores, generation, "u", "i2")
    counting._refreshed = -float("inf")
    counting.publish_news()

    worker.run()

    assert stores.waiting.length(generation) == 0
    add(stores, generation, ["new"])
    counting.publish_news()  # within a second of the last thorough one
    worker.run()
    assert stores.waiting.length(generation) == 1


def test_of_several_rankers_one_has_those_who_are_here_ranked_again(
    start: Callable[..., RankWorker], stores: Stores, generation: Generation, counting: Counting
) -> None:
    like(stores, generation, "u", "i1", "i3")
    rankers = [start(), start()]
    for each in rankers:
        each.run()
    add(stores, generation, ["new"])
    counting._refreshed = -float("inf")
    counting.publish_news()
    waiting = []
    for each in rankers:
        each.run()
        waiting.append(stores.waiting.length(generation))
        stores.waiting.take(generation, 10, time())
        stores.redis.delete(Keys(stores.settings.namespace, generation).waiting)

    assert waiting == [1, 0]


def test_new_statistics_count_from_the_next_run_on(
    worker: RankWorker, stores: Stores, generation: Generation, counting: Counting
) -> None:
    worker.run()
    before = worker._published.item_statistics.number
    like(stores, generation, "u", "i1")
    counting.publish_news()
    worker.run()

    assert (before, worker._published.item_statistics.number) == (1, 2)
    sources = worker._published.sources()
    assert sources is not None
    assert sources.statistics.counts.total_likes == 1


def save_items(stores: Stores, generation: Generation, number: int) -> None:
    from recs.stores.arrays_file import write_arrays

    path = stores.generations.folder(generation) / "models" / str(number) / "items.arrays"
    vectors = np.eye(60, 8, dtype=np.float32)
    write_arrays(path, {"vectors": vectors}, {})
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
        sources = worker._published.sources()
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


@pytest.mark.parametrize("code", [EIO, EMFILE, ENOENT], ids=errorcode.get)
def test_a_short_disk_error_delays_news_and_loses_none(
    worker: RankWorker,
    stores: Stores,
    generation: Generation,
    counting: Counting,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
) -> None:
    like(stores, generation, "u", "i1", "i2")
    worker.run()
    save_items(stores, generation, 1)
    ease = {"rows": np.arange(3), "weights": np.zeros((3, 3), np.float32)}
    stores.statistics.publish(generation, "ease", ease, {"trust": 1.0, "old": 1.0})
    counting._refreshed = -float("inf")
    counting.publish_news()

    def fail(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    for module in (statistics_files, models):
        with monkeypatch.context() as patch:
            patch.setattr(module, "map_arrays", fail)
            like(stores, generation, "u", "i3")
            worker.run()
            assert stores.waiting.length(generation) == 0  # ranked with what there was

    worker.run()
    sources = worker._published.sources()
    assert sources is not None
    assert sources.vectors is not None
    assert sources.ease is not None
    assert sources.statistics.counts.likes.sum() == 2


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
    Counting(new, stores).publish_news()
    worker.run()

    assert before == []
    assert slate_of(stores, new, "u") == ["x"]
