"""The five scores, on data sets small enough to count by hand."""

from dataclasses import replace
from math import log2

import pytest

from simulator.datasets import Dataset
from simulator.scores import Scores, diversity

ITEMS = [f"i{number}" for number in range(14)]
OTHERS = ITEMS[4:]


def dataset(late: frozenset[str] = frozenset()) -> Dataset:
    """One user, who likes i0, i1 and i2 and dislikes i3."""
    likes = {"i0": True, "i1": True, "i2": True, "i3": False}
    return Dataset(ITEMS, [["Drama"]] * len(ITEMS), {"ann": likes}, late)


def served(scores: Scores, item_ids: list[str], phase: int = 1) -> list[tuple[str, bool]]:
    """Show a list to Ann; all her interactions are accepted."""
    interactions = scores.list_served("ann", item_ids, phase)
    for item_id, _ in interactions:
        scores.interaction_accepted("ann", item_id)
    return interactions


def test_a_user_interacts_with_what_they_know_in_the_order_of_the_list() -> None:
    scores = Scores(dataset())

    assert served(scores, ["i3", "i9", "i0", *OTHERS[:7]]) == [("i3", False), ("i0", True)]


def test_what_a_user_has_brought_is_a_repeat_too() -> None:
    scores = Scores(replace(dataset(), history={"ann": {"i9": True}}))
    served(scores, ["i9", *ITEMS[:9]])

    assert scores.summary().repeats == 1


def test_first_lists_are_those_of_each_user_however_often_others_have_come() -> None:
    two = replace(dataset(), opinions={name: {"i0": True} for name in ("ann", "bob")})
    scores = Scores(two)
    for user, item in (("ann", "i4"), ("ann", "i5"), ("bob", "i0")):
        scores.list_served(user, [item])

    assert [each.hits for each in scores.first.values()] == [0, 1]


def test_precision_counts_likes_over_ten() -> None:
    scores = Scores(dataset())
    served(scores, ["i0", "i1", "i3", *OTHERS[:7]])

    assert scores.summary().precision == 0.2


def test_a_like_counts_once() -> None:
    scores = Scores(dataset())
    served(scores, ["i0", *OTHERS[:9]])
    served(scores, ["i0", *OTHERS[:9]])

    assert scores.summary().precision == 0.05


def test_a_refused_interaction_may_be_given_again() -> None:
    scores = Scores(dataset())
    scores.list_served("ann", ["i0", *OTHERS[:9]])

    assert served(scores, ["i0", *OTHERS[:9]]) == [("i0", True)]


def test_ndcg_compares_with_as_many_hits_as_the_user_has_likes() -> None:
    scores = Scores(dataset())
    served(scores, ["i4", "i0", "i5", "i1", *OTHERS[2:8]])
    gained = 1 / log2(3) + 1 / log2(5)

    assert scores.summary().ndcg == pytest.approx(gained / (1 + 1 / log2(3) + 1 / log2(4)))


def test_ndcg_is_one_when_the_only_like_left_comes_first() -> None:
    scores = Scores(dataset())
    served(scores, ["i0", "i1", *OTHERS[:8]])
    served(scores, ["i2", *OTHERS[:9]])

    assert scores.lists[-1].ndcg == 1.0


def test_ndcg_is_zero_for_a_user_with_no_like_left() -> None:
    scores = Scores(dataset())
    served(scores, ["i0", "i1", "i2", *OTHERS[:7]])
    served(scores, OTHERS)

    assert scores.lists[-1].ndcg == 0.0


def test_diversity_is_the_mean_distance_of_pairs() -> None:
    drama, comedy, both = 0b01, 0b10, 0b11

    assert diversity([drama, comedy, both]) == pytest.approx((1 + 0.5 + 0.5) / 3)


def test_items_without_genres_are_alike() -> None:
    assert diversity([0, 0, 1]) == pytest.approx(2 / 3)


def test_a_genre_named_twice_counts_once() -> None:
    genres = [["Drama", "Drama"], ["Drama"]]
    scores = Scores(Dataset(["a", "b"], genres, {"ann": {}}))
    served(scores, ["a", "b"])

    assert scores.summary().diversity == 0.0


def test_coverage_counts_different_items_over_the_catalogue() -> None:
    scores = Scores(dataset())
    served(scores, ITEMS[:10])
    served(scores, ITEMS[1:11], phase=2)

    assert (scores.summary().coverage, scores.summary(phase=1).coverage) == (11 / 14, 10 / 14)


def test_only_the_first_ten_are_judged() -> None:
    scores = Scores(dataset())
    served(scores, [*OTHERS, "i0"])

    assert (scores.summary().precision, scores.summary().coverage) == (0.0, 10 / 14)


def test_hit_rate_is_the_share_of_lists_with_a_hit() -> None:
    scores = Scores(dataset())
    served(scores, ["i0", "i1", *OTHERS[:8]])
    served(scores, OTHERS)

    assert scores.summary().hit_rate == 0.5


def test_an_item_interacted_with_is_a_repeat_and_one_only_shown_is_not() -> None:
    scores = Scores(dataset())
    served(scores, ["i0", *OTHERS[:9]])
    served(scores, ["i0", "i4", *ITEMS[13:], "i1", "i2", "i3"])

    assert (scores.summary().repeats, scores.summary().shown_before) == (1, 2)


def test_short_lists_unknown_items_and_doubles_are_breaches() -> None:
    scores = Scores(dataset())
    served(scores, ["i4", "i4", "nobody's"])

    summary = scores.summary()

    assert (summary.short_lists, summary.unknown, summary.twice, summary.breaches) == (1, 1, 1, 3)


def test_a_double_hit_counts_once() -> None:
    scores = Scores(dataset())
    served(scores, ["i0", "i0", *OTHERS[:8]])

    assert scores.summary().precision == 0.1


def test_a_late_item_is_unknown_until_it_has_arrived() -> None:
    scores = Scores(dataset(late=frozenset({"i0"})))
    served(scores, ["i0", *OTHERS[:9]])
    before = (scores.summary().unknown, scores.summary().precision)

    assert before == (1, 0.0)


def test_a_late_item_counts_after_its_arrival() -> None:
    scores = Scores(dataset(late=frozenset({"i0", "i13"})))
    scores.late_items_arrived()
    served(scores, ["i0", "i13", *OTHERS[:8]], phase=2)

    assert (scores.summary().late_shown, scores.summary().late_hit_rate) == (2, 0.5)


def test_an_empty_list_is_worth_nothing() -> None:
    scores = Scores(dataset())
    served(scores, [])

    assert (scores.summary().diversity, scores.summary().short_lists) == (0.0, 1)


def test_nothing_played_sums_up_to_nothing() -> None:
    assert Scores(dataset()).summary().lists == 0


def test_when_opinions_change_the_new_ones_count() -> None:
    scores = Scores(dataset())
    served(scores, ["i0", *OTHERS[:9]])
    scores.opinions_changed({"ann": {"i0": True, "i5": True, "i1": False}})
    served(scores, ["i5", "i1", *OTHERS[2:10]], phase=2)
    second = scores.summary(2)

    assert (second.precision, second.ndcg) == (0.1, 1.0)  # i0 was taken before: one like is left
