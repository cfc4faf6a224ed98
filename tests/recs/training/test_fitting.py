from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.interactions import WATCHED
from recs.training import fitting
from recs.training.dataset import Dataset
from recs.training.embeddings import unit_vectors
from recs.training.fitting import fit
from recs.training.model import USER_STEP, Model
from recs.training.report import Report
from recs.training.settings import TrainingSettings
from tests.recs.training.datasets import COMEDIES, GENRES, HORRORS, dataset, two_crowds

SETTINGS = TrainingSettings(components=8)
CROWDS = dataset(two_crowds())
MORE = dataset(two_crowds(24))


def fitted(
    data: Dataset = CROWDS,
    previous: Model | None = None,
    settings: TrainingSettings = SETTINGS,
    seed: int = 1,
) -> Model:
    return fitted_with_report(data, previous, settings, seed)[0]


def fitted_with_report(
    data: Dataset = CROWDS,
    previous: Model | None = None,
    settings: TrainingSettings = SETTINGS,
    seed: int = 1,
) -> tuple[Model, Report]:
    result = fit(data, previous, settings, seed)
    assert result is not None
    return result


@pytest.fixture(scope="module")
def model() -> Model:
    return fitted()


def nearness(model: Model, liked: range, others: range) -> float:
    """Mean cosine of items to a user who likes those."""
    unit = unit_vectors(model.item_vectors)
    user = unit_vectors(unit[[*liked]].sum(axis=0, keepdims=True))[0]
    return float((unit[[*others]] @ user).mean())


def test_items_liked_by_the_same_people_lie_together(model: Model) -> None:
    learned_from_likes_alone = fitted(dataset(two_crowds(), [()] * 16))

    for each in (model, learned_from_likes_alone):
        near = nearness(each, COMEDIES[:1], COMEDIES[1:])
        assert near > nearness(each, COMEDIES[:1], HORRORS) + 0.3


def test_an_item_without_interactions_lies_where_its_genres_lie() -> None:
    model = fitted(dataset(two_crowds(), [*GENRES, ("Comedy",)]))
    newcomer = range(16, 17)

    assert_array_equal(model.items.vectors[16], 0)
    assert model.items.biases[16] == 0
    assert nearness(model, COMEDIES[:2], newcomer) > 0.5
    assert nearness(model, HORRORS[:2], newcomer) < 0


def test_an_item_that_nobody_likes_any_more_loses_its_own_part(model: Model) -> None:
    without = dataset([fact for fact in two_crowds() if fact[1:] != (0, 1)])

    assert np.abs(model.items.vectors[0]).max() > 0.1
    assert_array_equal(fitted(without, model).items.vectors[0], 0)


def test_the_same_seed_makes_the_same_vectors(model: Model) -> None:
    assert_array_equal(fitted().item_vectors, model.item_vectors)


def test_another_seed_makes_other_vectors(model: Model) -> None:
    assert not np.array_equal(fitted(seed=2).item_vectors, model.item_vectors)


def test_a_refit_goes_on_where_the_last_fit_ended(model: Model) -> None:
    still = TrainingSettings(components=8, refit_epochs=0, final_epochs=0)
    after = fitted(MORE, model, still)

    assert_array_equal(after.item_vectors, model.item_vectors)
    assert_array_equal(after.users.vectors[:20], model.users.vectors)
    assert_array_equal(after.items.vector_sums, model.items.vector_sums)
    assert_array_equal(after.users.bias_sums[:20], model.users.bias_sums)


def test_a_refit_does_not_change_the_model_it_goes_on_from(model: Model) -> None:
    before = (model.item_vectors.copy(), model.users.vectors.copy(), model.likes.copy())
    fitted(MORE, model)

    for now, then in zip(
        (model.item_vectors, model.users.vectors, model.likes), before, strict=True
    ):
        assert_array_equal(now, then)


def test_new_users_get_vectors_and_keep_off_the_rows_of_others(model: Model) -> None:
    more = fitted(MORE, model)

    assert more.user_ids == (*model.user_ids, "user-20", "user-21", "user-22", "user-23")
    assert (np.abs(more.users.vectors[20:]).max(axis=1) > 0.1).all()


def test_a_model_of_another_width_is_not_gone_on_from(model: Model) -> None:
    after, report = fitted_with_report(CROWDS, model, TrainingSettings(components=4))

    assert report.new_likes == 120
    assert after.item_vectors.shape == (16, 4)


def test_a_model_of_another_width_is_compared_on_likes_that_neither_has_learned(
    model: Model,
) -> None:
    report = fitted_with_report(MORE, model, TrainingSettings(components=4))[1]
    _, same_width = fitted_with_report(MORE, model)

    assert report.quality is not None
    assert report.quality.likes == 8
    assert report.previous_quality == same_width.previous_quality


def test_nothing_is_fitted_while_nobody_likes_anything() -> None:
    assert fit(dataset([])) is None
    assert fit(dataset([("ann", 0, -1)])) is None


def test_to_have_watched_teaches_as_much_as_it_weighs() -> None:
    watched = [(user, row, WATCHED if sign > 0 else sign) for user, row, sign in two_crowds()]

    learned, less, nothing = (
        fitting.fit(dataset(watched), settings=SETTINGS, watched_weight=weight)
        for weight in (1.0, 0.25, 0.0)
    )

    lengths = [np.abs(each[0].users.vectors).sum() for each in (learned, less, nothing) if each]
    assert lengths[0] > lengths[1] > lengths[2]


def test_held_back_likes_are_learned_in_the_end(model: Model) -> None:
    learned = {
        (model.user_ids[like // USER_STEP], like % USER_STEP) for like in model.likes.tolist()
    }

    assert learned == {(user, row) for user, row, sign in two_crowds() if sign > 0}


def test_a_like_that_was_taken_back_is_no_longer_learned(model: Model) -> None:
    without = dataset(two_crowds()[1:])

    assert len(fitted(without, model).likes) == len(model.likes) - 1


def test_a_like_that_comes_back_is_new(model: Model) -> None:
    between = fitted(dataset(two_crowds()[1:]), model)

    assert fitted_with_report(CROWDS, between)[1].new_likes == 1


def test_a_report_counts_what_was_there_and_what_was_new(model: Model) -> None:
    report = fitted_with_report(MORE, model)[1]

    assert (report.interactions, report.likes, report.new_likes) == (24 * 7, 24 * 6, 4 * 6)
    assert (report.users, report.items, report.genres) == (24, 16, 2)


def test_both_versions_are_judged_on_likes_that_neither_has_learned(model: Model) -> None:
    report = fitted_with_report(MORE, model)[1]
    quality, previous = report.quality, report.previous_quality

    assert quality is not None
    assert previous is not None
    # Four new users with six likes each, of which the newest two are held back.
    assert (quality.users, quality.likes) == (previous.users, previous.likes) == (4, 8)
    assert quality.auc > 0.8


def test_the_first_version_is_compared_with_nothing() -> None:
    report = fitted_with_report()[1]

    assert report.previous_quality is None
    assert report.quality is not None
    assert report.quality.users == 20


class Recorded(fitting._ReplayingLightFM):
    """Notes what each epoch learns, and what it may not take for a negative."""

    epochs: list[tuple[int, int]]

    def fit_partial(self, interactions: Any, *args: Any, **kwargs: Any) -> Any:
        self.epochs.append((interactions.nnz, self.positives.nnz))
        return super().fit_partial(interactions, *args, **kwargs)


@pytest.fixture
def epochs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Likes learned, and likes known, in each epoch of LightFM."""
    Recorded.epochs = []
    monkeypatch.setattr(fitting, "_ReplayingLightFM", Recorded)
    return Recorded.epochs


def test_a_refit_costs_in_proportion_to_what_is_new(
    model: Model, epochs: list[tuple[int, int]]
) -> None:
    fitted(MORE, model, TrainingSettings(components=8, refit_epochs=2, final_epochs=1))

    # 24 new likes, 8 of them held back at first; two old ones for each. 120 old likes are known.
    assert epochs == [(16 * 3, 136), (16 * 3, 136), (8 * 3, 144)]


def test_an_epoch_takes_no_more_than_it_may_and_new_likes_first(
    model: Model, epochs: list[tuple[int, int]]
) -> None:
    few = TrainingSettings(components=8, refit_epochs=1, final_epochs=1, likes_per_epoch=20)
    more = fitted(MORE, model, few)

    assert [learned for learned, _ in epochs] == [20, 20]
    assert len(more.likes) == 24 * 6


def test_a_first_fit_walks_over_all_likes_in_each_epoch(epochs: list[tuple[int, int]]) -> None:
    fitted(settings=TrainingSettings(components=8, epochs=1, final_epochs=1))

    # Of each user's six likes two are held back; then each brings two old ones.
    assert epochs == [(80, 80), (40 + 80, 120)]


def test_a_known_like_is_never_taken_for_a_negative() -> None:
    """Ann likes all items but one: only that one can be a negative, whatever an epoch learns."""
    facts = [("ann", row, 1) for row in range(15)]
    one_each = TrainingSettings(components=8, likes_per_epoch=1, epochs=300, validation_share=0.0)
    data = dataset(facts, [()] * 16)
    trial = fitting._Fitting(*_parts(data, one_each))
    likes = np.ones(15, np.bool_)
    trial.learn(likes, ~likes, epochs=300)
    moved = trial._light.item_bias_gradients > 1

    assert trial._light.user_bias_gradients[0] > 1
    assert (trial._light.item_biases[:15][moved[:15]] > 0).all()


def _parts(data: Dataset, settings: TrainingSettings) -> tuple[Any, ...]:
    rng = np.random.default_rng(0)
    start, user_rows = fitting.grow(fitting.empty_model(settings.components), data, rng)
    likes = fitting._likes_of(data, user_rows, start.likes, watched_weight=0.5)
    return start, likes, settings, rng
