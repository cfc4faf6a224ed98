"""The report of a fit: counts, and how well its vectors predict."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over held-back likes (`auc`) or over their users (`precision`, `ndcg`)."""

    auc: float
    """Chance that a held-back like ranks above an item that this user has not interacted with."""
    precision: float
    """Held-back likes among the first ten, divided by ten."""
    ndcg: float
    users: int
    likes: int


@dataclass(frozen=True, slots=True)
class Report:
    """Counts, and two qualities on the same held-back likes."""

    quality: Quality | None
    """None if no likes could be held back."""
    previous_quality: Quality | None
    interactions: int
    """All of the generation."""
    likes: int
    """Those inside the window."""
    new_likes: int
    """Those that the previous version had not learned."""
    users: int
    items: int
    genres: int
    seconds: float
