"""What a training makes, of what, and when there is nothing to train."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.stores import Stores
from recs.stores.models import Choice
from recs.training import fitting
from tests.recs.training.datasets import GENRES, two_crowds
from tests.workers.train.trainers import Trainer
from workers.train import make_version


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


def test_the_same_window_makes_the_same_model(busy: Trainer) -> None:
    busy.train()
    first = busy.models.item_vectors(busy.generation, 1)
    busy.generation = busy.stores.generations.begin()
    busy.see(two_crowds())
    busy.train()

    assert_array_equal(busy.models.item_vectors(busy.generation, 1), first)
    assert np.linalg.norm(first) > 0


def test_a_worker_that_starts_again_goes_on(busy: Trainer) -> None:
    busy.train()
    busy.see(two_crowds(24))
    version = make_version(Stores(busy.settings, busy.stores.redis), busy.vectors)

    assert version is not None
    assert (version.parent, version.report.new_likes) == (1, 24)


def test_a_new_generation_begins_from_nothing(busy: Trainer) -> None:
    busy.train()
    busy.generation = busy.stores.generations.begin()
    busy.see(two_crowds(6))
    busy.train()
    version = busy.models.versions(busy.generation)[-1]

    assert (version.number, version.parent, version.report.users) == (1, None, 6)


def test_a_damaged_model_does_not_stop_the_next_training(busy: Trainer, tmp_path: Path) -> None:
    busy.train()
    next(tmp_path.glob("generations/*/models/1/model.arrays")).write_bytes(b"")
    busy.see(two_crowds(24))

    assert busy.train() == 2
    assert busy.models.versions(busy.generation)[-1].parent is None


@pytest.mark.parametrize("content", ["", "[]", '{"number": 1}', '{"other": 1}'], ids=repr)
@pytest.mark.parametrize("file", ["1/metrics.json", "current.json"])
def test_damaged_files_beside_the_model_do_not_stop_the_next_training(
    busy: Trainer, tmp_path: Path, file: str, content: str
) -> None:
    busy.train()
    next(tmp_path.glob(f"generations/*/models/{file}")).write_text(content)
    busy.see(two_crowds(24))

    assert busy.train() == 2
    assert busy.current() == Choice(2)


def test_what_a_killed_training_left_is_pruned(busy: Trainer) -> None:
    draft = busy.window.parents[1] / "models" / ".draft"
    draft.mkdir(parents=True)
    busy.train()

    assert not draft.exists()


@pytest.mark.slow
def test_the_worker_loads_lightfm_only_when_it_trains() -> None:
    code = (
        "import sys, workers.train; print({'lightfm', 'scipy', 'qdrant_client'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"
