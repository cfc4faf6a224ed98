import numpy as np
import pytest

from recs.training import evaluation
from recs.training.evaluation import evaluate, hold_back
from recs.training.report import Quality
from recs.training.settings import TrainingSettings
from tests.recs.training.datasets import Fact, dataset

SETTINGS = TrainingSettings(validation_share=0.5)


def held_items(
    facts: list[Fact], new: list[bool] | None = None, settings: TrainingSettings = SETTINGS
) -> list[tuple[str, int]]:
    """Hold back, and tell whose likes of which items those are."""
    data = dataset(facts)
    likes = data.fact_signs > 0
    mask = likes if new is None else np.array(new)
    held = hold_back(data, mask, settings, np.random.default_rng(0))
    return [facts[place][:2] for place in np.flatnonzero(held)]


def test_the_newest_likes_of_each_user_are_held_back() -> None:
    facts = [(user, row, 1) for row in range(4) for user in ("ann", "bob")]

    assert held_items(facts) == [("ann", 2), ("bob", 2), ("ann", 3), ("bob", 3)]


def test_of_an_odd_number_of_likes_the_larger_half_is_held_back() -> None:
    assert held_items([("ann", row, 1) for row in range(5)]) == [("ann", 2), ("ann", 3), ("ann", 4)]


def test_a_user_keeps_at_least_one_like() -> None:
    assert held_items([("ann", 0, 1), ("bob", 0, 1), ("bob", 1, 1)]) == [("bob", 1)]


def test_dislikes_are_not_held_back_and_are_nothing_to_keep() -> None:
    facts = [("ann", 0, 1), ("ann", 1, 1), ("ann", 2, -1), ("bob", 0, 1), ("bob", 1, -1)]

    assert held_items(facts) == [("ann", 1)]


def test_what_a_version_has_learned_is_not_held_back() -> None:
    facts = [("ann", row, 1) for row in range(3)]

    assert held_items(facts, new=[False, True, False]) == [("ann", 1)]


def test_a_single_new_like_is_held_back_if_the_user_has_old_ones() -> None:
    assert held_items([("ann", 0, 1), ("ann", 1, 1)], new=[False, True]) == [("ann", 1)]


def test_no_more_users_validate_than_are_asked_for() -> None:
    facts = [(f"user-{n}", row, 1) for n in range(9) for row in range(2)]

    assert len(held_items(facts, settings=TrainingSettings(validation_users=3))) == 3


def test_users_with_nothing_to_hold_back_take_nobodys_place() -> None:
    alone = [(f"user-{n}", 0, 1) for n in range(9)]
    facts = [*alone, ("ann", 0, 1), ("ann", 1, 1)]

    assert held_items(facts, settings=TrainingSettings(validation_users=1)) == [("ann", 1)]


def test_fewer_users_validate_in_a_large_catalogue() -> None:
    facts = [(f"user-{n}", row, 1) for n in range(9) for row in range(2)]
    settings = TrainingSettings(validation_scores=16 * 4 + 1)

    assert len(held_items(facts, settings=settings)) == 4


def test_a_catalogue_of_any_size_is_validated_by_somebody() -> None:
    settings = TrainingSettings(validation_scores=1)

    assert held_items([("ann", 0, 1), ("ann", 1, 1)], settings=settings) == [("ann", 1)]


def quality_of(vectors: list[list[float]], facts: list[Fact], held: list[int]) -> Quality:
    """Judge vectors by the facts that are held back."""
    mask = np.zeros(len(facts), np.bool_)
    mask[held] = True
    quality = evaluate(np.array(vectors, np.float32), dataset(facts, [()] * len(vectors)), mask)
    assert quality is not None
    return quality


NORTH, EAST = [0.0, 1.0], [1.0, 0.0]


def test_a_held_back_like_above_all_others_is_worth_one() -> None:
    quality = quality_of([NORTH, NORTH, EAST, EAST], [("ann", 0, 1), ("ann", 1, 1)], held=[1])

    assert quality == Quality(auc=1.0, precision=0.1, ndcg=1.0, users=1, likes=1)


def test_a_held_back_like_below_all_others_is_worth_nothing_in_auc() -> None:
    quality = quality_of([NORTH, EAST, NORTH, NORTH], [("ann", 0, 1), ("ann", 1, 1)], held=[1])

    assert quality.auc == 0.0
    assert quality.ndcg == pytest.approx(1 / np.log2(4))


def test_length_is_no_nearness() -> None:
    vectors = [NORTH, [0.0, 0.1], [5.0, 5.0], EAST]

    assert quality_of(vectors, [("ann", 0, 1), ("ann", 1, 1)], held=[1]).auc == 1.0


def test_items_without_vectors_rank_in_the_middle() -> None:
    vectors = [NORTH, [0.0, 0.0], NORTH, [0.0, -1.0]]

    assert quality_of(vectors, [("ann", 0, 1), ("ann", 1, 1)], held=[1]).auc == 0.5


def test_equal_items_count_half() -> None:
    vectors = [NORTH, NORTH, NORTH, NORTH]

    assert quality_of(vectors, [("ann", 0, 1), ("ann", 1, 1)], held=[1]).auc == 0.5


def test_an_item_that_the_user_interacted_with_competes_with_nothing() -> None:
    vectors = [NORTH, [0.1, 1.0], NORTH, EAST]
    facts: list[Fact] = [("ann", 0, 1), ("ann", 2, -1), ("ann", 1, 1)]

    assert quality_of(vectors, facts, held=[2]).auc == 1.0


def test_held_back_likes_do_not_compete_with_each_other() -> None:
    vectors = [NORTH, NORTH, [0.1, 1.0], EAST]
    facts: list[Fact] = [("ann", 0, 1), ("ann", 1, 1), ("ann", 2, 1)]

    assert quality_of(vectors, facts, held=[1, 2]).auc == 1.0


def test_a_dislike_pushes_away_half_as_much_as_a_like_draws() -> None:
    # From (0, 1) - (1, 0) / 2 on, the last item is nearer than the one held back, though not
    # from (0, 1) alone.
    vectors = [NORTH, EAST, [0.3, 0.9], [-0.6, 0.8]]
    likes: list[Fact] = [("ann", 0, 1), ("ann", 2, 1)]

    assert quality_of(vectors, likes, held=[1]).auc == 1.0
    assert quality_of(vectors, [("ann", 1, -1), *likes], held=[2]).auc == 0.0
    slightly = [NORTH, EAST, [0.0, 1.0], [-0.7, 0.7]]  # 0.894 and 0.949; equal at weight 0.41
    assert quality_of(slightly, [("ann", 1, -1), *likes], held=[2]).auc == 0.0
    further = [NORTH, EAST, [0.0, 1.0], [-1.0, 0.7]]  # 0.894 and 0.879; equal at weight 0.52
    assert quality_of(further, [("ann", 1, -1), *likes], held=[2]).auc == 1.0


def test_only_ranks_among_the_first_ten_count_for_precision() -> None:
    vectors = [NORTH, EAST] + [NORTH] * 10
    quality = quality_of(vectors, [("ann", 0, 1), ("ann", 1, 1)], held=[1])

    assert (quality.precision, quality.ndcg) == (0, 0)


def test_of_more_than_ten_held_back_likes_ten_on_top_are_ideal() -> None:
    facts: list[Fact] = [("ann", row, 1) for row in range(13)]
    quality = quality_of([NORTH] * 13 + [EAST], facts, held=[*range(1, 13)])

    assert (quality.precision, quality.ndcg) == (1.0, 1.0)


def test_two_held_back_likes_take_two_places_of_a_list() -> None:
    # In a list: held, another, held.
    vectors = [NORTH, NORTH, [0.2, 1.0], [0.1, 1.0], EAST]
    facts: list[Fact] = [("ann", 0, 1), ("ann", 1, 1), ("ann", 2, 1)]

    found, ideal = 1 + 1 / np.log2(4), 1 + 1 / np.log2(3)
    assert quality_of(vectors, facts, held=[1, 2]).ndcg == pytest.approx(found / ideal)


def test_auc_is_a_mean_over_likes_and_precision_over_users() -> None:
    # Ann's two likes rank first (1.0 each); Bob's ranks below both others that he has (0.0).
    vectors = [NORTH, NORTH, NORTH, EAST, EAST]
    facts: list[Fact] = [
        ("ann", 0, 1), ("ann", 1, 1), ("ann", 2, 1), ("bob", 0, 1), ("bob", 3, 1), ("bob", 4, -1),
    ]  # fmt: skip
    quality = quality_of(vectors, facts, held=[1, 2, 4])

    assert quality.auc == pytest.approx(2 / 3)
    assert quality.precision == pytest.approx((0.2 + 0.1) / 2)
    assert (quality.users, quality.likes) == (2, 3)


def test_portions_of_users_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    facts: list[Fact] = [
        (f"user-{n}", int(row), 1) for n in range(7) for row in rng.permutation(9)[:4]
    ]
    vectors = rng.normal(size=(9, 2)).tolist()
    held = [*range(3, 28, 4)]
    at_once = quality_of(vectors, facts, held)
    monkeypatch.setattr(evaluation, "SCORES_AT_ONCE", 18)

    assert quality_of(vectors, facts, held) == at_once


def test_with_nothing_held_back_there_is_no_quality() -> None:
    nothing = np.array([False])

    assert evaluate(np.array([NORTH], np.float32), dataset([("ann", 0, 1)]), nothing) is None
