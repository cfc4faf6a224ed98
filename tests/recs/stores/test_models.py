from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.errors import ModelUnreadable
from recs.evaluation import Quality, Report, Verdict
from recs.factors import Model
from recs.stores import models
from recs.stores.models import Choice, Models, Version
from recs.training import train_model
from recs.training_settings import TrainingSettings
from recs.types import Generation
from tests.recs.worlds import CATALOGUE, two_crowds

GENERATION = Generation(7)
SETTINGS = TrainingSettings(components=4)
REPORT = Report(Quality(0.9, 0.1, 0.2, 3, 4), None, 10, 8, 8, 3, 16, 2, 0.5)
GOOD, BAD = Verdict(True, "better"), Verdict(False, "clearly worse")


@pytest.fixture
def store(tmp_path: Path) -> Models:
    return Models(tmp_path)


@pytest.fixture(scope="module")
def model() -> Model:
    trained = train_model(two_crowds(), CATALOGUE, settings=SETTINGS)
    assert trained is not None
    return trained[0]


def save(store: Models, model: Model, verdict: Verdict = GOOD) -> Version:
    return store.save(GENERATION, model, REPORT, verdict, parent=None, read_bytes=100)


def test_a_model_comes_back_as_it_was_saved(store: Models, model: Model) -> None:
    loaded = store.load(GENERATION, save(store, model).number)

    assert (loaded.item_ids, loaded.viewer_ids) == (model.item_ids, model.viewer_ids)
    assert_array_equal(loaded.item_vectors, model.item_vectors)
    assert_array_equal(loaded.likes, model.likes)


def test_a_restarted_worker_goes_on_as_if_it_had_not_been_away(store: Models, model: Model) -> None:
    loaded = store.load(GENERATION, save(store, model).number)
    log = two_crowds(24)
    kept, restarted = (train_model(log, CATALOGUE, each, SETTINGS) for each in (model, loaded))

    assert kept is not None
    assert restarted is not None
    assert_array_equal(kept[0].item_vectors, restarted[0].item_vectors)


def test_ids_of_any_characters_and_length_survive(store: Models) -> None:
    names = {"comedy-0": 'фильм|с: "кавычками" 🎬', "comedy-1": "e" * 512, "viewer-1": "a/b%*"}
    trained = train_model(two_crowds().replace(names), CATALOGUE, settings=SETTINGS)
    assert trained is not None
    loaded = store.load(GENERATION, save(store, trained[0]).number)

    assert {*names.values()} <= {*loaded.item_ids, *loaded.viewer_ids}


def test_versions_are_counted_and_listed_oldest_first(store: Models, model: Model) -> None:
    saved = [save(store, model, verdict) for verdict in (GOOD, BAD, GOOD)]

    assert [version.number for version in saved] == [1, 2, 3]
    assert store.versions(GENERATION) == saved


def test_metrics_are_a_file_that_people_can_read(
    store: Models, model: Model, tmp_path: Path
) -> None:
    version = save(store, model)
    text = (tmp_path / "generations" / "7" / "models" / "1" / "metrics.json").read_text()

    assert asdict(version.report)["quality"] == {
        "auc": 0.9, "precision": 0.1, "ndcg": 0.2, "viewers": 3, "likes": 4,
    }  # fmt: skip
    assert '"auc": 0.9' in text


def test_versions_of_another_generation_are_not_seen(store: Models, model: Model) -> None:
    save(store, model)

    assert store.versions(Generation(8)) == []


def test_no_version_is_current_before_one_is_chosen(store: Models, model: Model) -> None:
    save(store, model)

    assert store.current(GENERATION) is None


def test_the_chosen_version_is_current(store: Models, model: Model) -> None:
    save(store, model)
    store.choose(GENERATION, Choice(1))
    store.choose(GENERATION, Choice(1, pinned=True))

    assert store.current(GENERATION) == Choice(1, pinned=True)


def test_a_missing_or_damaged_model_is_reported(
    store: Models, model: Model, tmp_path: Path
) -> None:
    save(store, model)
    path = tmp_path / "generations" / "7" / "models" / "1" / "model.npz"
    path.write_bytes(path.read_bytes()[:1000])

    for number in (1, 2):
        with pytest.raises(ModelUnreadable):
            store.load(GENERATION, number)


def kept(store: Models) -> list[int]:
    return [each.number for each in store.versions(GENERATION) if store.is_kept(GENERATION, each.number)]


def test_the_newest_three_and_the_current_one_are_kept(store: Models, model: Model) -> None:
    for _ in range(6):
        save(store, model)
    store.choose(GENERATION, Choice(2, pinned=True))
    store.prune(GENERATION)

    assert kept(store) == [2, 4, 5, 6]


def test_versions_that_were_not_published_push_out_none_that_were(
    store: Models, model: Model
) -> None:
    for verdict in (GOOD, GOOD, GOOD, GOOD, BAD, BAD, BAD):
        save(store, model, verdict)
    store.choose(GENERATION, Choice(4))
    store.prune(GENERATION)

    assert kept(store) == [2, 3, 4, 5, 6, 7]


def test_of_older_versions_the_metrics_stay(store: Models, model: Model) -> None:
    for _ in range(6):
        save(store, model)
    store.prune(GENERATION)

    assert [each.number for each in store.versions(GENERATION)] == [1, 2, 3, 4, 5, 6]


def test_metrics_do_not_pile_up_for_ever(
    store: Models, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "KEPT_METRICS", 4)
    for _ in range(6):
        save(store, model)
    store.prune(GENERATION)

    assert [each.number for each in store.versions(GENERATION)] == [3, 4, 5, 6]


def test_what_a_killed_training_left_is_no_version_and_is_swept_away(
    store: Models, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", killed)
        with pytest.raises(KeyboardInterrupt):
            save(store, model)
    folder = tmp_path / "generations" / "7" / "models"
    left_behind = list(folder.iterdir())

    assert len(left_behind) == 1
    assert store.versions(GENERATION) == []
    assert save(store, model).number == 1
    store.prune(GENERATION)
    assert [path.name for path in folder.iterdir()] == ["1"]
