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
    """Compare two versions on the same held-back likes; None if there are none, or no version.

    A version is promoted unless it is clearly worse than the current one. If a rollback pinned the
    current one, the new version is promoted only if it is better. pinned: False if the current
    version cannot be read: nothing can be compared with it any more.
    """
    if candidate is None or candidate.likes < settings.validation_likes:
        return Promotion(not pinned, "too few held-back likes to compare")
    if current is None:
        return Promotion(True, "no version to compare it with")
    gain = candidate.auc - current.auc
    comparison = f"AUC {candidate.auc:.3f} against {current.auc:.3f} of the current version"
    if pinned and gain <= 0:
        return Promotion(False, f"{comparison}, which is pinned")
    if gain < -settings.margin:
        return Promotion(False, f"{comparison}: clearly worse")
    return Promotion(True, comparison)
