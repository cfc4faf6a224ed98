import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.errors import ModelUnreadable
from recs.stores import models
from recs.stores.arrays_file import write_arrays
from recs.stores.models import Choice, Models, Version
from recs.training.embeddings import unit_vectors
from recs.training.fitting import fit
from recs.training.model import Model
from recs.training.promotion import Promotion
from recs.training.report import Quality, Report
from recs.training.settings import TrainingSettings
from recs.types import Generation
from tests.recs.training.datasets import dataset, two_crowds

GENERATION = Generation(7)
SETTINGS = TrainingSettings(components=4)
REPORT = Report(Quality(0.9, 0.1, 0.2, 3, 4), None, 10, 8, 8, 3, 16, 2, 0.5)
GOOD, BAD = Promotion(True, "better"), Promotion(False, "clearly worse")


@pytest.fixture
def store(tmp_path: Path) -> Models:
    return Models(tmp_path)


@pytest.fixture(scope="module")
def model() -> Model:
    fitted = fit(dataset(two_crowds()), settings=SETTINGS)
    assert fitted is not None
    return fitted[0]


def save(store: Models, model: Model, promotion: Promotion = GOOD) -> Version:
    return store.save(GENERATION, model, REPORT, promotion, parent=None, fingerprint="abc")


def test_a_model_comes_back_as_it_was_saved(store: Models, model: Model) -> None:
    loaded = store.load(GENERATION, save(store, model).number)

    assert (loaded.user_ids, loaded.genre_names) == (model.user_ids, model.genre_names)
    assert_array_equal(loaded.item_vectors, model.item_vectors)
    assert_array_equal(loaded.items.biases, model.items.biases)
    assert_array_equal(loaded.users.vectors, model.users.vectors)
    assert_array_equal(loaded.users.biases, model.users.biases)
    assert_array_equal(loaded.likes, model.likes)


def test_a_restarted_worker_goes_on_as_if_it_had_not_been_away(store: Models, model: Model) -> None:
    loaded = store.load(GENERATION, save(store, model).number)
    more = dataset(two_crowds(24))
    kept, restarted = (fit(more, each, SETTINGS) for each in (model, loaded))

    assert kept is not None
    assert restarted is not None
    assert_array_equal(kept[0].item_vectors, restarted[0].item_vectors)


def test_rankers_map_unit_vectors_by_row(store: Models, model: Model) -> None:
    vectors = store.item_vectors(GENERATION, save(store, model).number)

    assert_array_equal(vectors, unit_vectors(model.item_vectors))
    assert vectors.dtype == np.float32


def test_an_item_that_the_model_does_not_know_has_vector_zero(store: Models) -> None:
    fitted = fit(dataset(two_crowds(), [()] * 17), settings=SETTINGS)
    assert fitted is not None
    vectors = store.item_vectors(GENERATION, save(store, fitted[0]).number)

    assert_array_equal(np.linalg.norm(vectors[:16], axis=1).round(5), 1)
    assert_array_equal(vectors[16], 0)


def test_mapped_items_outlive_their_version(store: Models, model: Model) -> None:
    vectors = store.item_vectors(GENERATION, save(store, model).number)
    store.drop(GENERATION)

    assert_array_equal(vectors, unit_vectors(model.item_vectors))


@pytest.mark.slow
def test_a_ranker_needs_neither_lightfm_nor_scipy_to_map_items() -> None:
    code = "import sys, recs.stores.models; print({'lightfm', 'scipy', 'pandas'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_ids_of_any_characters_and_length_survive(store: Models) -> None:
    names = ['фильм|с: "кавычками" 🎬', "e" * 512, "a/b%*"]
    fitted = fit(dataset([(name, 0, 1) for name in names]), settings=SETTINGS)
    assert fitted is not None

    assert store.load(GENERATION, save(store, fitted[0]).number).user_ids == tuple(names)


def test_versions_are_counted_and_listed_oldest_first(store: Models, model: Model) -> None:
    saved = [save(store, model, promotion) for promotion in (GOOD, BAD, GOOD)]

    assert [version.number for version in saved] == [1, 2, 3]
    assert store.versions(GENERATION) == saved


def test_a_full_disk_leaves_no_half_version(
    store: Models, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(models, "_write_json", full)
    with pytest.raises(OSError, match="No space"):
        save(store, model)

    assert [*(tmp_path / "generations" / "7" / "models").iterdir()] == []


def test_metrics_are_a_file_that_people_can_read(
    store: Models, model: Model, tmp_path: Path
) -> None:
    version = save(store, model)
    text = (tmp_path / "generations" / "7" / "models" / "1" / "metrics.json").read_text()

    assert asdict(version.report)["quality"] == {
        "auc": 0.9, "precision": 0.1, "ndcg": 0.2, "users": 3, "likes": 4,
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
    for path in tmp_path.glob("generations/7/models/1/*.arrays"):
        path.write_bytes(path.read_bytes()[:-100])

    for read in (store.load, store.item_vectors):
        with pytest.raises(ModelUnreadable):
            read(GENERATION, 1)
    with pytest.raises(ModelUnreadable):
        store.load(GENERATION, 2)
    with pytest.raises(FileNotFoundError):
        store.item_vectors(GENERATION, 2)


def test_a_file_with_other_arrays_is_no_model(store: Models, model: Model, tmp_path: Path) -> None:
    save(store, model)
    for path in tmp_path.glob("generations/7/models/1/*.arrays"):
        write_arrays(path, {"other": np.zeros(3)}, {})

    for read in (store.load, store.item_vectors):
        with pytest.raises(ModelUnreadable):
            read(GENERATION, 1)


def test_of_a_generation_that_is_over_only_the_metrics_stay(
    store: Models, model: Model, tmp_path: Path
) -> None:
    save(store, model)
    store.drop(GENERATION)

    assert not store.is_kept(GENERATION, 1)
    assert [version.number for version in store.versions(GENERATION)] == [1]
    assert [path.name for path in tmp_path.glob("generations/7/models/1/*")] == ["metrics.json"]


def kept(store: Models) -> list[int]:
    return [
        each.number for each in store.versions(GENERATION) if store.is_kept(GENERATION, each.number)
    ]


def test_the_newest_three_and_the_current_one_are_kept(store: Models, model: Model) -> None:
    for _ in range(6):
        save(store, model)
    store.choose(GENERATION, Choice(2, pinned=True))
    store.prune(GENERATION)

    assert kept(store) == [2, 4, 5, 6]
    with pytest.raises(FileNotFoundError):
        store.item_vectors(GENERATION, 3)


def test_versions_that_were_not_promoted_push_out_none_that_were(
    store: Models, model: Model
) -> None:
    for promotion in (GOOD, GOOD, GOOD, GOOD, BAD, BAD, BAD):
        save(store, model, promotion)
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


def test_what_a_killed_fit_left_is_no_version_and_is_pruned(
    store: Models, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(models, "_write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            save(store, model)
    folder = tmp_path / "generations" / "7" / "models"
    left_behind = list(folder.iterdir())

    assert len(left_behind) == 1
    assert store.versions(GENERATION) == []
    assert save(store, model).number == 1
    store.prune(GENERATION)
    assert [path.name for path in folder.iterdir()] == ["1"]


def test_a_killed_erasure_leaves_nobody_in_a_draft_for_long(
    store: Models, model: Model, tmp_path: Path
) -> None:
    save(store, model)
    folder = tmp_path / "generations" / "7" / "models" / "1"
    young, old = folder / ".model.arrays.1-1", folder / ".model.arrays.1-2"
    for draft in (young, old):
        draft.touch()
    os.utime(old, (1, 1))
    store.forget(GENERATION, lambda _: False)

    assert young.exists()
    assert not old.exists()
