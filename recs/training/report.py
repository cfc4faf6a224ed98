"""What a fit did, and how well its vectors predict."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over held-back likes (AUC) and over the users who gave them (the other two)."""

    auc: float
    """Chance that a held-back like ranks above an item without an interaction of this user."""
    precision: float
    """Held-back likes among the first ten, over ten."""
    ndcg: float
    users: int
    likes: int


@dataclass(frozen=True, slots=True)
class Report:
    """Counts, and two qualities on the same held-back likes."""

    quality: Quality | None
    """None: nothing could be held back."""
    previous_quality: Quality | None
    interactions: int
    """That the generation has had."""
    likes: int
    """Inside the window."""
    new_likes: int
    """That the version before had not learned."""
    users: int
    items: int
    genres: int
    seconds: float
