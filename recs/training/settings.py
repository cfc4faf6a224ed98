"""How models are fitted and evaluated. docs/models.md has the measurements behind the numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """Each can be set as TRAINING_<NAME>. An epoch is LightFM's: one pass over the chosen likes."""

    components: int = 48
    """Length of a vector."""
    learning_rate: float = 0.05
    epochs: int = 16
    """Of a fit from nothing."""
    refit_epochs: int = 6
    """Of a fit that goes on from an earlier version."""
    final_epochs: int = 4
    """Then over the likes that were held back, so that the published vectors know them too."""
    replay: float = 2.0
    """Old likes in an epoch for each new one, drawn at random. All of them in every refit would
    be overfitted within hours, and a long log would make refits long."""
    likes_per_epoch: int = 250_000
    """New and old together, at most: the first fit of a long log takes so many at random. This
    bounds the time of a fit: 16 epochs of 250,000 take about 9 s."""

    ease_items: int = 3_000
    """Items in the EASE model, those with most likes. A fit costs the cube of them: 2 s."""
    ease_regularization: float = 100.0
    """Likes' worth of belief that items say nothing of each other (lambda in the paper)."""
    ease_growth: float = 0.02
    """Share of new likes from which on it is fitted again."""

    validation_share: float = 0.2
    """Of each user's new likes, the newest: they are held back to judge the vectors."""
    validation_users: int = 2_000
    """Users whose likes are held back, at most; more would only cost time."""
    validation_scores: int = 10_000_000
    """Users times items that are scored, at most: a large catalogue is judged by fewer users."""
    validation_likes: int = 50
    """With fewer held-back likes than this, two versions cannot be told apart: the new one is
    promoted."""
    margin: float = 0.02
    """A version whose AUC is lower than the current one's by more than this is not promoted."""
