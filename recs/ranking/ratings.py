"""How much a signed rating counts: a like 1, that an item was watched less."""

import numpy as np
from numpy.typing import NDArray

from recs.interactions import DISLIKED, LIKED, WATCHED
from recs.types import FloatArray

Signs = NDArray[np.signedinteger]


def like_weights(signs: Signs, watched_weight: float) -> FloatArray:
    """Return how much of a like each is: 1 like, `watched_weight` watched, else 0; as `signs`."""
    return np.where(signs == LIKED, 1.0, np.where(signs == WATCHED, watched_weight, 0.0))


def taste_weights(signs: Signs, dislike_weight: float, watched_weight: float) -> FloatArray:
    """Return how much each draws a user towards an item, or away from it (below 0); as `signs`."""
    away = np.where(signs == DISLIKED, dislike_weight, 0.0)
    return like_weights(signs, watched_weight) - away
