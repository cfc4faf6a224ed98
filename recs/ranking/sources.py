"""What slates are ranked from."""

from collections.abc import Callable
from dataclasses import dataclass

from recs.ranking.ease import Ease
from recs.ranking.item_statistics import ItemStatistics
from recs.ranking.item_vectors import ItemVectors
from recs.types import FloatArray, IntArray

Nearest = Callable[[FloatArray, int], IntArray]
"""Takes a user's unit vector and a count; returns the rows of that many items near the vector."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Item statistics, and the models, if there are any."""

    statistics: ItemStatistics
    vectors: ItemVectors | None = None
    nearest: Nearest | None = None
    ease: Ease | None = None
