"""A trainer, and one with something to learn."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from recs.settings import Settings
from recs.training.settings import TrainingSettings
from tests.recs.training.datasets import two_crowds
from tests.workers.train.trainers import Trainer


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
