"""How much a signed rating counts: a like counts 1, a "watched" less."""

import numpy as np
from numpy.typing import NDArray

from recs.interactions import DISLIKED, LIKED, WATCHED
from recs.types import FloatArray

Signs = NDArray[np.signedinteger]


def like_weights(signs: Signs, watched_weight: float) -> FloatArray:
    """Return how much of a like each sign is: 1 if liked, `watched_weight` if watched, else 0."""
    return np.where(signs == LIKED, 1.0, np.where(signs == WATCHED, watched_weight, 0.0))


def taste_weights(signs: Signs, dislike_weight: float, watched_weight: float) -> FloatArray:
    """Return the weight of each sign in a user's taste; below 0 for dislikes."""
    away = np.where(signs == DISLIKED, dislike_weight, 0.0)
    return like_weights(signs, watched_weight) - away
