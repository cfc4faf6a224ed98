"""How likely an average viewer likes a title: evidence per showing, else optimism."""

import numpy as np

from recs.history import History
from recs.ranking_settings import RankingSettings
from recs.types import FloatArray, IntArray


def like_rates(
    history: History, settings: RankingSettings, rows: IntArray | slice = slice(None)
) -> tuple[FloatArray, FloatArray]:
    """Chance of a like per showing to an average viewer, and share of likes among opinions.

    Each (len(rows),). An interaction of either kind says that people have watched a title; so does
    the rate count both, and only then asks how many of them liked it. A title never shown
    starts at the present rate of its surroundings, which is what makes us try it.
    """
    likes, dislikes = history.likes.view[rows], history.dislikes.view[rows]
    rate, quality = overall_rates(history)
    opinions = likes + dislikes
    prior = settings.prior_exposure
    around = settings.optimism * rate / quality * np.exp(history.surroundings.view[rows])
    watched = (opinions + prior * around) / (history.exposure.view[rows] + prior)
    liked = (likes + settings.prior_opinions * quality) / (opinions + settings.prior_opinions)
    return np.asarray(watched * liked), np.asarray(liked)


def overall_rates(history: History) -> tuple[float, float]:
    """Likes per showing, and share of likes among opinions, over everything so far."""
    likes, dislikes = history.total_likes, history.total_dislikes
    return (likes + 1) / (history.total_exposure + 51), (likes + 5) / (likes + dislikes + 10)
