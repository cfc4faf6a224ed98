"""Trainings that meet another one, are killed, or outlive their generation or their lock."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from threading import Thread
from time import sleep
from typing import Any

import pytest

from recs.stores.locks import alone
from recs.stores.models import Choice, Models
from recs.training import fitting
from tests.recs.training.datasets import two_crowds
from tests.waiting import until
from tests.workers.train.trainers import Trainer
from workers import train


def test_two_never_train_at_once(busy: Trainer) -> None:
    with alone(busy.stores.redis, busy.lock, ttl_seconds=10):
        assert busy.train() is None

    assert busy.train() == 1


def test_a_long_training_keeps_its_lock(busy: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "LOCK_SECONDS", 1.0)
    monkeypatch.setattr(fitting, "fit", lambda *_, **__: sleep(2.2))
    thread = Thread(target=busy.train)
    thread.start()
    sleep(1.6)
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


def test_a_training_whose_lock_expired_is_kept_if_nobody_has_taken_it(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So a worker is that gets too little processor to renew it."""
    during_the_fit(monkeypatch, lambda: busy.stores.redis.delete(busy.lock))

    assert busy.train() == 1
    assert not busy.stores.redis.exists(busy.lock)


def test_a_training_whose_lock_expired_gives_way_to_what_another_worker_made_meanwhile(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = fitting.fit

    def expire() -> None:
        monkeypatch.setattr(fitting, "fit", fit)
        busy.stores.redis.delete(busy.lock)
        assert busy.train() == 1

    during_the_fit(monkeypatch, expire)

    assert busy.train() is None
    assert [each.number for each in busy.models.versions(busy.generation)] == [1]


def test_a_training_whose_lock_expired_gives_way_to_a_rollback(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.train()
    pinned = Choice(1, pinned=True)

    def roll_back() -> None:
        busy.stores.redis.delete(busy.lock)
        busy.models.choose(busy.generation, pinned)

    during_the_fit(monkeypatch, roll_back)
    busy.see(two_crowds(users=24))

    assert busy.train() is None
    assert busy.current() == pinned
