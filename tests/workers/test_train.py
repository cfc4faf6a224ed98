from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from time import sleep, time

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from recs.evaluation import Quality
from recs.settings import Settings
from recs.stores import Stores, connection
from recs.stores.keys import Keys
from recs.stores.locks import alone
from recs.stores.log import Kind
from recs.stores.models import Choice
from recs.stores.vectors import Vectors, connect
from recs.training_settings import TrainingSettings
from recs.types import Generation, UserId
from tests.recs.worlds import CATALOGUE, two_crowds
from workers import training
from workers.training import learn


class Trainer:
    """A training worker, and the service around it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.stores = Stores.open(settings, connection.patient(settings.redis_url))
        self.vectors = Vectors(connect(settings), settings.namespace, embedded=True)
        self.generation = self.stores.generations.begin()

    def log(self, interactions: pd.DataFrame) -> None:
        rows = interactions.astype(str).values.tolist()
        self.stores.log.append(self.generation, Kind.INTERACTIONS, rows)

    def add_catalogue(self) -> None:
        rows = [(item, "|".join(genres)) for item, genres in CATALOGUE.items()]
        self.stores.log.append(self.generation, Kind.CATALOGUE, rows)

    def learn(self) -> int | None:
        version = learn(self.stores, self.vectors, self.settings)
        return version and version.number

    def current(self, generation: Generation | None = None) -> Choice | None:
        return self.stores.models.current(generation or self.generation)

    def visit(self, user: str) -> None:
        keys = Keys(self.settings.namespace, self.generation)
        self.stores.redis.zadd(keys.viewers, {user: time()})

    def waiting(self, generation: Generation | None = None) -> list[UserId]:
        return [user for user, _ in self.stores.viewers.take_stale(generation or self.generation, 10)]


@pytest.fixture
def trainer(tmp_path: Path, namespace: str, redis_url: str) -> Iterator[Trainer]:
    settings = Settings(
        namespace=namespace,
        data_dir=tmp_path,
        redis_url=redis_url,
        training=TrainingSettings(components=8, least_verdict=5),
    )
    trainer = Trainer(settings)
    yield trainer
    trainer.stores.redis.close()


@pytest.fixture
def busy(trainer: Trainer) -> Trainer:
    """A trainer with something to learn."""
    trainer.add_catalogue()
    trainer.log(two_crowds())
    return trainer


def test_nothing_is_trained_on_an_empty_log(trainer: Trainer) -> None:
    trainer.add_catalogue()

    assert trainer.learn() is None
    assert trainer.stores.models.versions(trainer.generation) == []


def test_a_training_makes_a_version_current(busy: Trainer) -> None:
    assert busy.learn() == 1
    assert busy.current() == Choice(1)


def test_a_version_knows_the_titles_of_the_catalogue(busy: Trainer) -> None:
    busy.learn()

    assert busy.stores.models.load(busy.generation, 1).item_ids == tuple(CATALOGUE)


def test_everybody_who_was_here_gets_a_new_list(busy: Trainer) -> None:
    busy.visit("ann")
    busy.learn()

    assert busy.waiting() == ["ann"]


def test_nothing_new_means_no_training(busy: Trainer) -> None:
    busy.learn()

    assert busy.learn() is None
    assert len(busy.stores.models.versions(busy.generation)) == 1


def test_new_interactions_are_learned_on_top_of_the_current_version(busy: Trainer) -> None:
    busy.learn()
    busy.log(two_crowds(4, first=20))
    busy.learn()
    version = busy.stores.models.versions(busy.generation)[-1]

    assert (version.number, version.parent, version.report.new_likes) == (2, 1, 24)


def test_a_new_catalogue_is_something_to_learn(busy: Trainer) -> None:
    busy.learn()
    busy.stores.log.append(busy.generation, Kind.CATALOGUE, [("new", "Comedy")])

    assert busy.learn() == 2
    assert "new" in busy.stores.models.load(busy.generation, 2).item_ids


def test_two_never_train_at_once(busy: Trainer) -> None:
    lock = Keys(busy.settings.namespace, busy.generation).lock("train")
    with alone(busy.stores.redis, lock, ttl_seconds=10):
        assert busy.learn() is None

    assert busy.learn() == 1


def test_a_long_training_keeps_its_lock(busy: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "LOCK_SECONDS", 0.3)
    monkeypatch.setattr(training, "train_model", lambda *_, **__: sleep(1.0))
    lock = Keys(busy.settings.namespace, busy.generation).lock("train")
    thread = Thread(target=busy.learn)
    thread.start()
    sleep(0.7)
    held = busy.stores.redis.exists(lock)
    thread.join()

    assert held
    assert not busy.stores.redis.exists(lock)


def test_an_generation_that_ends_during_the_training_gets_no_version(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train_while_somebody_cleans_up(*args: object, **kwargs: object) -> object:
        busy.stores.generations.begin()
        return train_model(*args, **kwargs)

    train_model = training.train_model
    monkeypatch.setattr(training, "train_model", train_while_somebody_cleans_up)
    busy.visit("ann")

    assert busy.learn() is None
    assert busy.current() is None
    assert busy.waiting() == []


def test_a_new_generation_begins_from_nothing(busy: Trainer) -> None:
    busy.learn()
    busy.generation = busy.stores.generations.begin()
    busy.log(two_crowds(6))
    busy.learn()
    version = busy.stores.models.versions(busy.generation)[-1]

    assert (version.number, version.parent, version.report.viewers) == (1, None, 6)


def fail_the_exam(monkeypatch: pytest.MonkeyPatch, aucs: list[float]) -> None:
    """Have new vectors, and those of the version before, score these."""
    scores = iter(aucs)
    monkeypatch.setattr(
        "recs.training.evaluate", lambda *_: Quality(next(scores), 0.1, 0.1, viewers=9, likes=9)
    )


def test_a_clearly_worse_version_is_kept_but_not_published(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.learn()
    busy.log(two_crowds(4, first=20))
    busy.visit("ann")
    busy.waiting()
    fail_the_exam(monkeypatch, [0.5, 0.9])

    assert busy.learn() == 2
    assert busy.current() == Choice(1)
    assert busy.stores.models.is_kept(busy.generation, 2)
    assert busy.waiting() == []


def test_after_a_version_that_was_not_published_the_next_goes_on_from_the_current_one(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.learn()
    busy.log(two_crowds(4, first=20))
    with monkeypatch.context() as patch:
        fail_the_exam(patch, [0.5, 0.9])
        busy.learn()
    busy.log(two_crowds(4, first=24))
    busy.learn()
    version = busy.stores.models.versions(busy.generation)[-1]

    assert (version.number, version.parent, version.report.new_likes) == (3, 1, 48)


def test_a_damaged_model_does_not_stop_the_next_training(busy: Trainer, tmp_path: Path) -> None:
    busy.learn()
    next(tmp_path.glob("generations/*/models/1/model.npz")).write_bytes(b"")
    busy.log(two_crowds(4, first=20))

    assert busy.learn() == 2
    assert busy.stores.models.versions(busy.generation)[-1].parent is None


def test_a_worker_that_starts_again_goes_on(busy: Trainer) -> None:
    busy.learn()
    busy.log(two_crowds(4, first=20))
    version = learn(Stores.open(busy.settings, busy.stores.redis), busy.vectors, busy.settings)

    assert version is not None
    assert (version.parent, version.report.new_likes) == (1, 24)


def test_the_same_log_makes_the_same_model(busy: Trainer) -> None:
    busy.learn()
    first = busy.stores.models.load(busy.generation, 1).item_vectors
    busy.generation = busy.stores.generations.begin()
    busy.add_catalogue()
    busy.log(two_crowds())
    busy.learn()

    assert_array_equal(busy.stores.models.load(busy.generation, 1).item_vectors, first)
    assert np.linalg.norm(first) > 0
