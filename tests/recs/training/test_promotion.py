import pytest

from recs.training.promotion import decide
from recs.training.report import Quality
from recs.training.settings import TrainingSettings

SETTINGS = TrainingSettings(validation_likes=10, margin=0.02)


def quality(auc: float, likes: int = 10) -> Quality:
    return Quality(auc, precision=0.1, ndcg=0.1, users=likes, likes=likes)


@pytest.mark.parametrize(
    ("candidate", "current", "pinned", "promoted"),
    [
        (None, None, False, True),  # the first version, of users with one like each
        (quality(0.5), None, False, True),  # the first version
        (None, quality(0.5), False, True),  # nothing could be held back
        (quality(0.8), quality(0.7), False, True),
        (quality(0.69), quality(0.7), False, True),  # not clearly worse
        (quality(0.67), quality(0.7), False, False),  # clearly worse
        (quality(0.1, likes=9), quality(0.9, likes=9), False, True),  # too few to tell
        (quality(0.71), quality(0.7), True, True),  # better than the pinned one
        (quality(0.7), quality(0.7), True, False),
        (quality(0.9, likes=9), quality(0.1, likes=9), True, False),
        (None, quality(0.5), True, False),
    ],
)
def test_a_version_is_promoted_unless_it_is_clearly_worse_or_does_not_beat_a_pinned_one(
    candidate: Quality | None, current: Quality | None, pinned: bool, promoted: bool
) -> None:
    assert decide(candidate, current, pinned, SETTINGS).promoted == promoted


@pytest.mark.parametrize(
    ("candidate", "current", "pinned", "reason"),
    [
        (0.6, 0.7, False, "AUC 0.600 against 0.700 of the current version: clearly worse"),
        (0.7, 0.7, True, "AUC 0.700 against 0.700 of the current version, which is pinned"),
        (0.8, 0.7, False, "AUC 0.800 against 0.700 of the current version"),
    ],
)
def test_the_reason_tells_both_qualities(
    candidate: float, current: float, pinned: bool, reason: str
) -> None:
    assert decide(quality(candidate), quality(current), pinned, SETTINGS).reason == reason


@pytest.mark.parametrize(
    ("candidate", "current", "reason"),
    [
        (None, None, "too few held-back likes to compare"),  # of the first version, or of a later
        (quality(0.9, likes=9), quality(0.1, likes=9), "too few held-back likes to compare"),
        (quality(0.5), None, "no version to compare it with"),
    ],
)
def test_the_reason_tells_why_versions_cannot_be_compared(
    candidate: Quality | None, current: Quality | None, reason: str
) -> None:
    assert decide(candidate, current, False, SETTINGS).reason == reason
