"""How models are fitted and evaluated. docs/models.md has the measurements behind the numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """TRAINING_<NAME> sets each of them. An epoch is one pass of LightFM over the chosen likes."""

    components: int = 48
    """Length of a vector."""
    learning_rate: float = 0.05
    epochs: int = 16
    """Epochs of a first fit."""
    refit_epochs: int = 6
    """Epochs of a fit that starts from an earlier version."""
    final_epochs: int = 4
    """Epochs over the held-back likes after that, so that the published vectors know them too."""
    replay: float = 2.0
    """Old likes in an epoch for each new one, drawn at random. With all old likes in every refit
    the model would overfit within hours, and refits of a long log would be slow."""
    likes_per_epoch: int = 250_000
    """The most likes in an epoch, new and old together: the first fit of a long log draws this many
    at random. This bounds the time of a fit: 16 epochs of 250,000 take about 9 s."""

    ease_items: int = 3_000
    """Items in the EASE model: those with the most likes. The time of a fit grows with the cube of
    this number: 3,000 take 2 s."""
    ease_regularization: float = 100.0
    """Strength of the prior that items are unrelated, in likes (lambda in the paper)."""
    ease_growth: float = 0.02
    """EASE is fitted again when this share of the likes is new."""

    validation_share: float = 0.2
    """Share of each user's new likes, the newest ones, held back to evaluate the vectors."""
    validation_users: int = 2_000
    """The most users whose likes are held back; more would only cost time."""
    validation_scores: int = 10_000_000
    """The most scores in an evaluation (users times items): a large catalogue has fewer users."""
    validation_likes: int = 50
    """With fewer held-back likes than this, two versions cannot be compared: the new one is
    promoted."""
    margin: float = 0.02
    """A version is not promoted if its AUC is more than this below that of the current one."""
