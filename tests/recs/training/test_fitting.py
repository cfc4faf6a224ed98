import numpy as np
import pytest
from numpy.testing import assert_array_equal

from recs.factors import Model
from recs.item_vectors import ItemVectors
from recs.training import train_model
from recs.training_settings import TrainingSettings
from recs.types import ItemId
from tests.recs.worlds import CATALOGUE, COMEDIES, HORRORS, interactions, two_crowds

SETTINGS = TrainingSettings(components=8)
NEW_COMEDY = ItemId("new-comedy")


def trained(log=None, catalogue=CATALOGUE, previous=None, settings=SETTINGS, seed=1) -> Model:
    result = train_model(two_crowds() if log is None else log, catalogue, previous, settings, seed)
    assert result is not None
    return result[0]


@pytest.fixture(scope="module")
def model() -> Model:
    return trained()


def nearness(model: Model, liked: list[ItemId], titles: list[ItemId]) -> float:
    """Mean cosine of these titles to a viewer who likes those."""
    vectors = ItemVectors(range(len(model.items)), model.item_vectors)
    row = {item: row for row, item in enumerate(model.item_ids)}
    known = np.array([row[item] for item in liked])
    viewer = vectors.fold_in(known, np.ones(len(known), np.int64), 0.5)
    return float(vectors.cosines(viewer, np.array([row[item] for item in titles])).mean())


def test_titles_liked_by_the_same_people_lie_together(model: Model) -> None:
    no_genres = dict.fromkeys(CATALOGUE, ())
    taught_by_likes_alone = trained(catalogue=no_genres)

    for each in (model, taught_by_likes_alone):
        near = nearness(each, COMEDIES[:1], COMEDIES[1:])
        assert near > nearness(each, COMEDIES[:1], HORRORS) + 0.3


def test_a_viewer_with_one_like_is_near_to_what_his_crowd_likes(model: Model) -> None:
    assert nearness(model, HORRORS[:1], HORRORS[1:]) > nearness(model, HORRORS[:1], COMEDIES) + 0.3


def test_a_title_without_interactions_lies_where_its_genres_lie() -> None:
    model = trained(catalogue={**CATALOGUE, NEW_COMEDY: ("Comedy",)})

    assert_array_equal(model.items.vectors[-1], 0)
    assert nearness(model, COMEDIES[:2], [NEW_COMEDY]) > 0.5
    assert nearness(model, HORRORS[:2], [NEW_COMEDY]) < 0


def test_the_same_seed_makes_the_same_vectors(model: Model) -> None:
    assert_array_equal(trained().item_vectors, model.item_vectors)


def test_another_seed_makes_other_vectors(model: Model) -> None:
    assert not np.array_equal(trained(seed=2).item_vectors, model.item_vectors)


def test_a_training_goes_on_where_the_last_one_ended(model: Model) -> None:
    still = TrainingSettings(components=8, warm_passes=0, final_passes=0)

    assert_array_equal(trained(previous=model, settings=still).item_vectors, model.item_vectors)


def test_new_titles_and_viewers_make_the_model_grow(model: Model) -> None:
    more = trained(two_crowds(24), {**CATALOGUE, NEW_COMEDY: ("Comedy", "New")}, previous=model)

    assert more.item_ids == (*model.item_ids, NEW_COMEDY)
    assert more.genres.ids == (*model.genres.ids, "New")
    assert more.viewer_ids[: len(model.viewers)] == model.viewer_ids
    assert len(more.viewers) == len(model.viewers) + 4


def test_a_training_does_not_change_the_model_it_goes_on_from(model: Model) -> None:
    before = model.item_vectors.copy()
    trained(two_crowds(24), previous=model)

    assert_array_equal(model.item_vectors, before)


def test_nothing_is_trained_while_nobody_likes_anything() -> None:
    assert train_model(interactions([]), CATALOGUE) is None
    assert train_model(interactions([("ann", "alien", "dislike")]), CATALOGUE) is None


def test_held_back_likes_are_learned_in_the_end(model: Model) -> None:
    log = two_crowds()

    assert len(model.likes) == (log["action"] == "like").sum()


def test_a_report_counts_what_was_there_and_what_was_new(model: Model) -> None:
    trained_again = train_model(two_crowds(24), CATALOGUE, model, SETTINGS)
    assert trained_again is not None
    report = trained_again[1]

    assert (report.interactions, report.likes, report.new_likes) == (24 * 7, 24 * 6, 4 * 6)
    assert (report.viewers, report.items, report.genres) == (24, 16, 2)


def test_both_versions_are_judged_on_likes_that_neither_has_seen(model: Model) -> None:
    trained_again = train_model(two_crowds(24), CATALOGUE, model, SETTINGS)
    assert trained_again is not None
    quality, previous = trained_again[1].quality, trained_again[1].previous_quality

    assert quality is not None
    assert previous is not None
    # Four new viewers with six likes each, of which the newest two are held back.
    assert (quality.viewers, quality.likes) == (previous.viewers, previous.likes) == (4, 8)
    assert quality.auc > 0.8


def test_a_pass_over_a_long_log_takes_new_likes_and_some_old_ones(model: Model) -> None:
    few = TrainingSettings(components=8, likes_per_pass=30, warm_passes=2)
    more = trained(two_crowds(24), previous=model, settings=few)

    assert len(more.likes) == 24 * 6
    assert np.abs(more.viewers.vectors[20:]).max() > 0.1
