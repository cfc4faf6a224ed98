"""How the model is trained and judged. docs/models.md has the measurements behind the figures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """A pass is one walk over the likes (LightFM says generation; here that word is taken)."""

    components: int = 48
    """Length of a vector."""
    learning_rate: float = 0.05
    passes: int = 16
    """Of a model that begins from nothing."""
    warm_passes: int = 6
    """Of a model that goes on from an earlier one."""
    final_passes: int = 4
    """Then over everything, so that the published vectors know the held-back likes too."""
    replay: float = 2.0
    """Old likes that a pass goes over for each new one, by lot. All of them in every training
    would be learned by heart within hours, and a long log would make trainings long."""
    likes_per_pass: int = 50_000
    """New and old; the first training of a long log goes over so many by lot."""

    held_back_share: float = 0.2
    """Of each viewer's new likes, the newest: they judge the vectors before they teach them."""
    most_judges: int = 2_000
    """Viewers whose likes are held back; more would only cost time."""
    least_verdict: int = 50
    """Held-back likes below which two versions cannot be told apart: the new one is published."""
    margin: float = 0.02
    """A version whose AUC is lower than the current one's by more than this is not published."""
