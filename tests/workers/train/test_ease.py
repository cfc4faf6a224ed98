"""EASE is fitted and published beside a version."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.ranking.ease import Ease
from recs.ranking.genres import GenreTable
from recs.ranking.ragged import Ragged
from recs.ranking.window import Window
from recs.stores.arrays_file import write_arrays
from recs.training import ease, snapshot
from recs.types import UserId
from tests.workers.train.trainers import Trainer
from workers.published import Published


@pytest.fixture
def crowd(trainer: Trainer) -> Trainer:
    """A trainer whose users brought a history: half like six items, half six others."""
    rng, window = np.random.default_rng(0), Window(trainer.settings.ranking)
    genres = GenreTable(Ragged.of([[]] * 12), ())
    window.set_items(np.ones(12, np.bool_), genres)
    for user in range(200):
        for time, row in enumerate(rng.permutation(6)[:4].tolist()):
            window.record_interaction(UserId(str(user)), row + 6 * (user % 2), 1, float(time))
    statistics = window.refresh()
    files, generation = trainer.stores.statistics, trainer.generation
    arrays, meta = statistics.to_arrays()
    files.publish(generation, "statistics", arrays, meta | {"figures": {}})
    write_arrays(trainer.window, *snapshot.to_arrays(window, genres, 800, {}))
    return trainer


def test_ease_is_published_beside_a_version_and_ranks(crowd: Trainer) -> None:
    crowd.train()
    published = Published(crowd.stores, crowd.generation, crowd.vectors)
    sources = published.sources()

    assert sources is not None
    assert sources.ease is not None
    assert sources.ease.trust > 0
    assert_array_equal(sources.ease.rows, np.arange(12))


def test_without_enough_new_likes_ease_is_not_fitted_again(crowd: Trainer) -> None:
    crowd.train()
    crowd.train()

    assert crowd.stores.statistics.newest(crowd.generation, "ease", known=1) is None


@pytest.mark.parametrize("is_over", [True, False], ids=["generation", "lock"])
def test_an_ease_of_a_generation_that_ended_or_without_the_lock_is_thrown_away(
    crowd: Trainer, monkeypatch: pytest.MonkeyPatch, is_over: bool
) -> None:
    fit = ease.fit_trusted_ease

    def fit_meanwhile(*args: Any) -> Ease:
        if is_over:
            crowd.stores.generations.begin()
        else:
            crowd.stores.redis.set(crowd.lock, "another worker's")
        return fit(*args)

    monkeypatch.setattr(ease, "fit_trusted_ease", fit_meanwhile)
    crowd.train()

    assert crowd.stores.statistics.newest(crowd.generation, "ease") is None


def test_a_damaged_ease_is_left_out_and_fitted_again(crowd: Trainer) -> None:
    crowd.train()
    files, generation = crowd.stores.statistics, crowd.generation
    path = crowd.window.with_name("ease-1.arrays")
    content = bytearray(path.read_bytes())
    content[-100] ^= 1  # in the weights
    path.write_bytes(content)
    ranker = Published(crowd.stores, generation, crowd.vectors)
    before = ranker.sources()
    crowd.train()

    after = ranker.sources()
    assert files.newest(generation, "ease", known=2) is None
    assert before is not None
    assert before.ease is None
    assert after is not None
    assert after.ease is not None


def test_an_ease_of_another_version_of_this_service_is_replaced(crowd: Trainer) -> None:
    crowd.stores.statistics.publish(crowd.generation, "ease", {"w": np.zeros(1)}, {})
    crowd.train()
    sources = Published(crowd.stores, crowd.generation, crowd.vectors).sources()

    assert sources is not None
    assert sources.ease is not None
