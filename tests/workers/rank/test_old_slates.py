"""Slates that grow old, and whose are ranked again."""

from collections.abc import Callable

import numpy as np
import pytest

from recs.stores import Stores
from recs.stores.keys import Keys
from recs.types import Generation
from tests.workers.doing import like
from tests.workers.rank.rankers import Clock, slate, slate_of, visit
from workers import rank
from workers.counting import Counting
from workers.rank import Pace, RankWorker

pytestmark = pytest.mark.usefixtures("sent")


def ranked_at(stores: Stores, generation: Generation, user: str) -> float:
    key = Keys(stores.settings.namespace, generation).ranked
    return float(stores.redis.zscore(key, user) or 0)


@pytest.fixture
def first(
    worker: RankWorker, stores: Stores, generation: Generation, clock: Clock, counting: Counting
) -> float:
    """Let somebody like an item, visit, and be ranked; return when that was."""
    like(stores, generation, "u", "i1")
    visit(stores, generation, "u", clock.now)
    worker.run()
    return clock.now


def test_old_slates_are_ranked_again_and_fresh_ones_are_not(
    worker: RankWorker,
    stores: Stores,
    generation: Generation,
    clock: Clock,
    counting: Counting,
    first: float,
) -> None:
    counting.publish_news()
    clock.now += stores.settings.rerank_age_seconds - 1
    worker.run()
    too_early = ranked_at(stores, generation, "u")
    clock.now += 2
    worker.run()

    assert too_early == pytest.approx(first, abs=1e-3)
    assert ranked_at(stores, generation, "u") == pytest.approx(clock.now, abs=1e-3)


def test_without_news_an_old_slate_is_as_good_as_a_new_one(
    worker: RankWorker,
    stores: Stores,
    generation: Generation,
    clock: Clock,
    counting: Counting,
    first: float,
) -> None:
    for _ in range(3):
        clock.now += stores.settings.rerank_age_seconds + 1
        worker.run()
    without = ranked_at(stores, generation, "u")
    counting.publish_news()
    clock.now += 1
    worker.run()

    assert without == pytest.approx(first, abs=1e-3)
    assert ranked_at(stores, generation, "u") == pytest.approx(clock.now, abs=1e-3)


@pytest.mark.usefixtures("first")
def test_who_stays_away_is_left_alone(
    worker: RankWorker, stores: Stores, generation: Generation, clock: Clock, counting: Counting
) -> None:
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
    meta = {"trust": 10.0, "old": 1.0, "likes": number}
    stores.statistics.publish(generation, "ease", arrays, meta)


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
