"""Which version becomes current and is published."""

from dataclasses import replace
from errno import ENOSPC
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock

import pytest

from recs.stores.keys import Keys
from recs.stores.models import Choice, Models
from recs.training import fitting
from recs.training.report import Quality
from recs.types import Generation
from tests.recs.training.datasets import two_crowds
from tests.workers.train.trainers import Trainer


def test_a_promotion_makes_nobody_wait_for_a_new_slate(busy: Trainer) -> None:
    keys = Keys(busy.settings.namespace, busy.generation)
    busy.stores.redis.zadd(keys.ranked, {"ann": 1.0})
    busy.train()

    assert not busy.stores.redis.exists(keys.waiting)


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


def test_a_version_that_a_full_disk_kept_from_promotion_is_made_again(
    busy: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.train()
    busy.see(two_crowds(24))
    with monkeypatch.context() as patch:
        patch.setattr(Models, "choose", Mock(side_effect=OSError(ENOSPC, "no space")))
        with pytest.raises(OSError, match="no space"):
            busy.train()

    assert busy.current() == Choice(1)
    assert busy.train() == 3
    assert busy.current() == Choice(3)


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


@pytest.mark.parametrize("has_news", [True, False])
def test_a_pinned_version_that_cannot_be_read_is_replaced(
    busy: Trainer, tmp_path: Path, has_news: bool
) -> None:
    busy.train()
    busy.models.choose(busy.generation, Choice(1, pinned=True))
    next(tmp_path.glob("generations/*/models/1/model.arrays")).write_bytes(b"")
    if has_news:
        busy.see(two_crowds(24))
    busy.train()

    assert busy.current() == Choice(2)


@pytest.mark.parametrize(("auc", "promoted"), [(0.7, False), (0.71, True)])
def test_a_pinned_version_with_another_number_of_components_is_replaced_by_a_better_one(
    busy: Trainer, auc: float, promoted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy.train()
    busy.models.choose(busy.generation, Choice(1, pinned=True))
    training = replace(busy.settings.training, components=4)
    busy.stores.settings = replace(busy.settings, training=training)
    busy.see(two_crowds(24))
    let_the_validation_find(monkeypatch, current=0.7, new=auc)
    busy.train()

    assert busy.current() == (Choice(2) if promoted else Choice(1, pinned=True))


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
