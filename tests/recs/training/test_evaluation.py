import numpy as np
import pytest

from recs.evaluation import Quality, evaluate, hold_back, judge
from recs.facts import Facts, facts_of
from recs.training_settings import TrainingSettings
from recs.types import FloatArray
from tests.recs.worlds import interactions

SETTINGS = TrainingSettings(held_back_share=0.5, least_verdict=10, margin=0.02)


def held_items(
    facts: Facts, new: list[bool] | None = None, settings: TrainingSettings = SETTINGS
) -> list[tuple[str, str]]:
    mask = np.array(new if new is not None else [True] * len(facts.tastes))
    held = hold_back(facts, mask, settings, np.random.default_rng(0))
    return [
        (facts.users[facts.viewers[place]], facts.titles[facts.items[place]])
        for place in np.flatnonzero(held)
    ]


def test_the_newest_likes_of_each_viewer_are_held_back() -> None:
    log = interactions([(user, item, "like") for item in "abcd" for user in ("ann", "bob")])

    assert held_items(facts_of(log)) == [("ann", "c"), ("bob", "c"), ("ann", "d"), ("bob", "d")]


def test_a_viewer_keeps_at_least_one_like() -> None:
    log = interactions([("ann", "a", "like"), ("bob", "a", "like"), ("bob", "b", "like")])

    assert held_items(facts_of(log)) == [("bob", "b")]


def test_dislikes_are_not_held_back() -> None:
    log = interactions([("ann", "a", "like"), ("ann", "b", "like"), ("ann", "c", "dislike")])

    assert held_items(facts_of(log)) == [("ann", "b")]


def test_what_a_version_has_seen_is_not_held_back() -> None:
    log = interactions([("ann", item, "like") for item in "abc"])

    assert held_items(facts_of(log), new=[False, True, False]) == [("ann", "b")]


def test_no_more_viewers_judge_than_are_asked_for() -> None:
    log = interactions([(f"viewer-{n}", item, "like") for n in range(9) for item in "ab"])
    settings = TrainingSettings(most_judges=3)

    assert len(held_items(facts_of(log), settings=settings)) == 3


def quality_of(vectors: FloatArray, log: list[tuple[str, str, str]], held: list[int]) -> Quality:
    """Judge vectors of the titles a, b, c…, of which some interactions are held back."""
    facts = facts_of(interactions(log))
    rows = np.array([ord(facts.titles[item]) - ord("a") for item in facts.items])
    mask = np.zeros(len(rows), np.bool_)
    mask[held] = True
    quality = evaluate(vectors, facts, rows, mask)
    assert quality is not None
    return quality


NORTH, EAST = [0.0, 1.0], [1.0, 0.0]


def test_a_held_back_like_above_all_others_is_worth_one() -> None:
    vectors = np.array([NORTH, NORTH, EAST, EAST])
    quality = quality_of(vectors, [("ann", "a", "like"), ("ann", "b", "like")], held=[1])

    assert quality == Quality(auc=1.0, precision=0.1, ndcg=1.0, viewers=1, likes=1)


def test_a_held_back_like_below_all_others_is_worth_nothing_in_auc() -> None:
    vectors = np.array([NORTH, EAST, NORTH, NORTH])
    quality = quality_of(vectors, [("ann", "a", "like"), ("ann", "b", "like")], held=[1])

    assert quality.auc == 0.0
    assert quality.ndcg == pytest.approx(1 / np.log2(4))


def test_titles_without_vectors_stand_in_the_middle() -> None:
    vectors = np.array([NORTH, [0, 0], NORTH, [0, -1]])
    quality = quality_of(vectors, [("ann", "a", "like"), ("ann", "b", "like")], held=[1])

    assert quality.auc == 0.5


def test_equal_titles_count_half() -> None:
    vectors = np.array([NORTH, NORTH, NORTH, NORTH])
    quality = quality_of(vectors, [("ann", "a", "like"), ("ann", "b", "like")], held=[1])

    assert quality.auc == 0.5


def test_a_title_that_the_viewer_reacted_to_competes_with_nothing() -> None:
    vectors = np.array([NORTH, [0.1, 1.0], NORTH, EAST])
    log = [("ann", "a", "like"), ("ann", "c", "dislike"), ("ann", "b", "like")]

    assert quality_of(vectors, log, held=[2]).auc == 1.0


def test_only_places_among_the_first_ten_count_for_precision() -> None:
    vectors = np.array([NORTH, EAST] + [NORTH] * 10)
    quality = quality_of(vectors, [("ann", "a", "like"), ("ann", "b", "like")], held=[1])

    assert (quality.precision, quality.ndcg) == (0, 0)


def test_with_nothing_held_back_there_is_no_quality() -> None:
    facts = facts_of(interactions([("ann", "a", "like")]))

    assert evaluate(np.array([NORTH]), facts, np.array([0]), np.array([False])) is None


def quality(auc: float, likes: int = 100) -> Quality:
    return Quality(auc, precision=0.1, ndcg=0.1, viewers=likes, likes=likes)


@pytest.mark.parametrize(
    ("candidate", "current", "pinned", "published"),
    [
        (None, None, False, True),  # the first version, of viewers with one like each
        (quality(0.5), None, False, True),  # the first version
        (quality(0.8), quality(0.7), False, True),
        (quality(0.69), quality(0.7), False, True),  # not clearly worse
        (quality(0.67), quality(0.7), False, False),  # clearly worse
        (quality(0.1, likes=9), quality(0.9, likes=9), False, True),  # too few to tell
        (quality(0.71), quality(0.7), True, True),  # better than the pinned one
        (quality(0.7), quality(0.7), True, False),
        (quality(0.9, likes=9), quality(0.1, likes=9), True, False),
    ],
)
def test_a_version_is_published_unless_it_is_clearly_worse_or_does_not_beat_a_pinned_one(
    candidate: Quality | None, current: Quality | None, pinned: bool, published: bool
) -> None:
    assert judge(candidate, current, pinned, SETTINGS).published == published


def test_a_verdict_tells_the_figures() -> None:
    reason = judge(quality(0.6), quality(0.7), False, SETTINGS).reason

    assert reason == "AUC 0.600 against 0.700 of the current version: clearly worse"
