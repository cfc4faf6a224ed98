import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any, cast

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.ranking.genres import GenreTable
from recs.ranking.ragged import Ragged
from recs.ranking.window import Window
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.arrays_file import write_arrays
from recs.stores.keys import Keys
from recs.stores.locks import alone
from recs.stores.models import Choice, Models
from recs.stores.vectors import connect
from recs.training import fitting, snapshot
from recs.training.report import Quality
from recs.training.settings import TrainingSettings
from recs.types import Generation, UserId
from tests.recs.training.datasets import GENRES, Fact, dataset, two_crowds
from tests.waiting import until
from workers import train
from workers.published import Published
from workers.train import make_version


class Trainer:
    """A training worker, and the window that the statistics worker leaves it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stores = Stores(settings, connection.long_timeout(settings.redis_url))
        self.vectors = connect(settings)
        self.generation = self.stores.generations.begin()

    def see(self, facts: Sequence[Fact], genres: Sequence[Sequence[str]] = GENRES) -> None:
        """Put a snapshot of the window in place."""
        write_arrays(self.window, *dataset(facts, genres).to_arrays())

    @property
    def window(self) -> Path:
        return self.stores.generations.folder(self.generation) / "statistics" / "window.arrays"

    @property
    def lock(self) -> str:
        return Keys(self.settings.namespace, self.generation).lock("train")

    def train(self) -> int | None:
        version = make_version(self.stores, self.vectors)
        return version.number if version else None

    def current(self, generation: Generation | None = None) -> Choice | None:
        return self.stores.models.current(generation or self.generation)

    @property
    def models(self) -> Models:
        return self.stores.models


@pytest.fixture
def trainer(tmp_path: Path, namespace: str, redis_url: str) -> Iterator[Trainer]:
    settings = Settings(
        namespace=namespace,
        data_dir=tmp_path,
        redis_url=redis_url,
        training=TrainingSettings(components=8, validation_likes=5),
    )
    trainer = Trainer(settings)
    yield trainer
    trainer.stores.redis.close()


@pytest.fixture
def busy(trainer: Trainer) -> Trainer:
    """A trainer with something to learn."""
    trainer.see(two_crowds())
    return trainer


def test_before_the_first_window_nothing_is_trained(trainer: Trainer) -> None:
    assert trainer.train() is None


def test_without_a_like_nothing_is_trained(trainer: Trainer) -> None:
    trainer.see([("ann", 0, -1)])

    assert trainer.train() is None
    assert trainer.models.versions(trainer.generation) == []


def test_a_damaged_window_is_waited_out(busy: Trainer, caplog: pytest.LogCaptureFixture) -> None:
    busy.window.write_bytes(b"")

    assert busy.train() is None
    assert "training waits for the next" in caplog.text


def test_a_training_makes_a_version_current(busy: Trainer) -> None:
    assert busy.train() == 1
    assert busy.current() == Choice(1)


def test_rankers_can_map_the_version_that_is_current(busy: Trainer) -> None:
    busy.train()

    assert busy.models.item_vectors(busy.generation, 1).shape == (16, 8)


def test_a_promotion_makes_nobody_wait_for_a_new_slate(busy: Trainer) -> None:
    keys = Keys(busy.settings.namespace, busy.generation)
    busy.stores.redis.zadd(keys.ranked, {"ann": 1.0})
    busy.train()

    assert not busy.stores.redis.exists(keys.waiting)


def test_nothing_new_means_no_training(busy: Trainer) -> None:
    busy.train()
    busy.see(two_crowds())

    assert busy.train() is None
    assert len(busy.models.versions(busy.generation)) == 1


def test_new_likes_are_learned_on_top_of_the_current_version(busy: Trainer) -> None:
    busy.train()
    busy.see(two_crowds(24))
    busy.train()
    version = busy.models.versions(busy.generation)[-1]

    assert (version.number, version.parent, version.report.new_likes) == (2, 1, 24)


def test_a_new_item_is_something_to_learn(busy: Trainer) -> None:
    busy.train()
    busy.see(two_crowds(), [*GENRES, ("Comedy",)])

    assert busy.train() == 2
    assert len(busy.models.item_vectors(busy.generation, 2)) == 17


def test_each_training_draws_other_replays(busy: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    fit, seeds = fitting.fit, []

    def fit_noting_the_seed(*args: object) -> object:
        seeds.append(args[3])
        return fit(*args)

    monkeypatch.setattr(fitting, "fit", fit_noting_the_seed)
    busy.train()
    busy.see(two_crowds(24))
    busy.train()

    assert seeds == [0, 1]


def test_what_a_killed_training_left_is_pruned(busy: Trainer) -> None:
    draft = busy.window.parents[1] / "models" / ".draft"
    draft.mkdir(parents=True)
    busy.train()

    assert not draft.exists()


def test_two_never_train_at_once(busy: Trainer) -> None:
    with alone(busy.stores.redis, busy.lock, ttl_seconds=10):
        assert busy.train() is None

    assert busy.train() == 1


def test_a_long_training_keeps_its_lock(busy: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "LOCK_SECONDS", 0.3)
    monkeypatch.setattr(fitting, "fit", lambda *_, **__: sleep(1.0))
    thread = Thread(target=busy.train)
    thread.start()
    sleep(0.7)
    held = busy.stores.redis.exists(busy.lock)
    thread.join()

    assert held
    assert not busy.stores.redis.exists(busy.lock)


TRAIN_FOR_EVER = """
import sys
from time import sleep
from recs.ranking.genres import GenreTable
from recs.ranking.ragged import Ragged
from recs.ranking.window import Window
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.training import fitting, snapshot
from workers import train

fitting.fit = lambda *_, **__: sleep(600)
train.LOCK_SECONDS = 1.0
settings = Settings.from_env()
stores = Stores(settings, connection.long_timeout(settings.redis_url))
train.make_version(stores, None)
"""


def test_a_killed_training_is_taken_over_when_its_lock_has_expired(busy: Trainer) -> None:
    settings = busy.settings
    environ = {
        "NAMESPACE": settings.namespace,
        "DATA_DIR": str(settings.data_dir),
        "REDIS_URL": settings.redis_url,
    }
    child = subprocess.Popen([sys.executable, "-c", TRAIN_FOR_EVER], env={**os.environ, **environ})
    assert until(lambda: busy.stores.redis.exists(busy.lock) == 1, 20)
    child.send_signal(signal.SIGKILL)
    child.wait()

    assert busy.train() is None
    assert until(lambda: busy.train() == 1, 5)


def during_the_fit(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let something happen while a model is fitted."""
    fit = fitting.fit

    def fit_meanwhile(*args: Any, **kwargs: Any) -> object:
        act()
        return fit(*args, **kwargs)

    monkeypatch.setattr(fitting, "fit", fit_meanwhile)


def test_a_generation_that_ends_during_the_fit_gets_no_version(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    during_the_fit(monkeypatch, busy.stores.generations.begin)

    assert busy.train() is None
    assert busy.current() is None
    assert not (busy.stores.generations.folder(busy.generation) / "models").exists()


def test_a_generation_that_ends_while_a_version_is_saved_keeps_no_model(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = Models.save

    def save_meanwhile(*args: object, **kwargs: object) -> object:
        busy.stores.generations.begin()
        return save(*args, **kwargs)

    monkeypatch.setattr(Models, "save", save_meanwhile)

    assert busy.train() is None
    assert busy.current() is None
    assert [*busy.settings.data_dir.glob("generations/*/models/*/*.arrays")] == []


def test_a_training_that_lost_its_lock_leaves_nothing(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_lock() -> None:
        busy.stores.redis.set(busy.lock, "another worker's")

    during_the_fit(monkeypatch, lose_the_lock)

    assert busy.train() is None
    assert busy.models.versions(busy.generation) == []
    assert busy.stores.redis.get(busy.lock) == b"another worker's"


def test_a_new_generation_begins_from_nothing(busy: Trainer) -> None:
    busy.train()
    busy.generation = busy.stores.generations.begin()
    busy.see(two_crowds(6))
    busy.train()
    version = busy.models.versions(busy.generation)[-1]

    assert (version.number, version.parent, version.report.users) == (1, None, 6)


def let_the_validation_find(monkeypatch: pytest.MonkeyPatch, current: float, new: float) -> None:
    """Have the current version and the new one reach these AUC."""
    scores = iter([current, new])
    monkeypatch.setattr(
        fitting, "evaluate", lambda *_: Quality(next(scores), 0.1, 0.1, users=9, likes=9)
    )


def test_a_clearly_worse_version_is_kept_but_not_promoted(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.train()
    busy.see(two_crowds(24))
    let_the_validation_find(monkeypatch, current=0.9, new=0.5)

    assert busy.train() == 2
    assert busy.current() == Choice(1)
    assert busy.models.is_kept(busy.generation, 2)


def test_after_a_version_that_was_not_promoted_the_next_goes_on_from_the_current_one(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.train()
    busy.see(two_crowds(24))
    with monkeypatch.context() as patch:
        let_the_validation_find(patch, current=0.9, new=0.5)
        busy.train()
    busy.see(two_crowds(28))
    busy.train()
    version = busy.models.versions(busy.generation)[-1]

    assert (version.number, version.parent, version.report.new_likes) == (3, 1, 48)


@pytest.mark.parametrize(("auc", "promoted"), [(0.7, False), (0.71, True)])
def test_a_pinned_version_is_replaced_only_by_a_better_one(
    busy: Trainer, auc: float, promoted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.train()
    busy.models.choose(busy.generation, Choice(1, pinned=True))
    busy.see(two_crowds(24))
    let_the_validation_find(monkeypatch, current=0.7, new=auc)
    busy.train()

    assert busy.current() == (Choice(2) if promoted else Choice(1, pinned=True))


def test_a_damaged_model_does_not_stop_the_next_training(busy: Trainer, tmp_path: Path) -> None:
    busy.train()
    next(tmp_path.glob("generations/*/models/1/model.arrays")).write_bytes(b"")
    busy.see(two_crowds(24))

    assert busy.train() == 2
    assert busy.models.versions(busy.generation)[-1].parent is None


def test_a_worker_that_starts_again_goes_on(busy: Trainer) -> None:
    busy.train()
    busy.see(two_crowds(24))
    version = make_version(Stores(busy.settings, busy.stores.redis), busy.vectors)

    assert version is not None
    assert (version.parent, version.report.new_likes) == (1, 24)


def test_the_same_window_makes_the_same_model(busy: Trainer) -> None:
    busy.train()
    first = busy.models.item_vectors(busy.generation, 1)
    busy.generation = busy.stores.generations.begin()
    busy.see(two_crowds())
    busy.train()

    assert_array_equal(busy.models.item_vectors(busy.generation, 1), first)
    assert np.linalg.norm(first) > 0


class Publications:
    """Notes which versions are given to everybody."""

    def __init__(self) -> None:
        self.versions: list[int] = []

    def publish(self, _: Generation, version: int, __: object) -> None:
        self.versions.append(version)


def test_a_version_that_qdrant_missed_is_published_although_nothing_is_new(busy: Trainer) -> None:
    publications = Publications()
    busy.vectors = cast(Any, publications)
    busy.train()
    busy.train()

    assert publications.versions == [1, 1]


@pytest.mark.slow
def test_the_worker_loads_lightfm_only_when_it_trains() -> None:
    code = (
        "import sys, workers.train; print({'lightfm', 'scipy', 'qdrant_client'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


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
    files.publish(generation, "statistics", 1, arrays, meta | {"figures": {}})
    write_arrays(trainer.window, *snapshot.to_arrays(window, genres, 1, 800, {}))
    return trainer


def test_ease_is_published_beside_a_version_and_ranks(crowd: Trainer) -> None:
    crowd.train()
    published = Published(crowd.stores, crowd.vectors)
    sources = published.sources(crowd.generation)

    assert sources is not None
    assert sources.ease is not None
    assert sources.ease.trust > 0
    assert_array_equal(sources.ease.rows, np.arange(12))


def test_without_enough_new_likes_ease_is_not_fitted_again(crowd: Trainer) -> None:
    crowd.train()
    crowd.train()

    assert crowd.stores.statistics.newest_number(crowd.generation, "ease") == 1


def test_a_damaged_ease_is_left_out_and_fitted_again(crowd: Trainer) -> None:
    crowd.train()
    files, generation = crowd.stores.statistics, crowd.generation
    path = crowd.window.with_name("ease-1.arrays")
    content = bytearray(path.read_bytes())
    content[-100] ^= 1  # in the weights
    path.write_bytes(content)
    ranker = Published(crowd.stores, crowd.vectors)
    before = ranker.sources(generation)
    crowd.train()

    after = ranker.sources(generation)
    assert files.newest_number(generation, "ease") == 2
    assert before is not None
    assert before.ease is None
    assert after is not None
    assert after.ease is not None
