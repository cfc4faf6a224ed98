"""Decides whether a new version replaces the current one."""

from dataclasses import dataclass

from recs.training.report import Quality
from recs.training.settings import TrainingSettings


@dataclass(frozen=True, slots=True)
class Promotion:
    """The decision about one version, and why."""

    promoted: bool
    reason: str


def decide(
    candidate: Quality | None, current: Quality | None, pinned: bool, settings: TrainingSettings
) -> Promotion:
    """Compare two versions on the same held-back likes.

    A version is promoted unless it is clearly worse than the current one. If a rollback pinned the
    current one, the new version is promoted only if it is better.
    """
    enough = candidate is not None and candidate.likes >= settings.validation_likes
    if candidate is None or current is None or not enough:
        reason = "too few held-back likes to compare" if current else "first version"
        return Promotion(not pinned, reason)
    gain = candidate.auc - current.auc
    comparison = f"AUC {candidate.auc:.3f} against {current.auc:.3f} of the current version"
    if pinned and gain <= 0:
        return Promotion(False, f"{comparison}, which is pinned")
    if gain < -settings.margin:
        return Promotion(False, f"{comparison}: clearly worse")
    return Promotion(True, comparison)
