"""Candidate generation: selects a few hundred items of the catalogue to score for one user."""

from dataclasses import replace
from functools import partial

import numpy as np

from recs.ranking.candidate_lists import CandidateLists
from recs.ranking.ragged import NO_ROWS
from recs.ranking.scratch import Scratch
from recs.ranking.settings import RankingSettings
from recs.ranking.sources import Sources
from recs.ranking.user_profile import UserProfile
from recs.types import FloatArray, IntArray

NEAR_EACH = 100
"""How many neighbours of each recent interaction of a user become candidates."""
SCORED_MOST = 2_000
"""Up to this many allowed items are all scored, without candidate generation: it takes 2 ms."""


def candidates_for(
    hidden: IntArray,
    profile: UserProfile,
    sources: Sources,
    settings: RankingSettings,
    scratch: Scratch,
    rng: np.random.Generator,
) -> IntArray:
    """Return distinct rows of known items.

    hidden: rows to leave out, which the user was shown or interacted with.
    """
    statistics, ease = sources.statistics, sources.ease
    n_items = len(statistics)
    n_hidden = min(len(hidden), settings.hidden_considered)
    recent = profile.rows[::-1][: settings.recent_interactions]
    near = NO_ROWS
    if sources.nearest is not None and profile.vector is not None:
        near = sources.nearest(profile.vector, settings.nearest_candidates + n_hidden)
    foreseen = NO_ROWS
    if ease is not None and profile.ease is not None and len(ease.rows):
        count = min(settings.ease_candidates + n_hidden, len(ease.rows))
        foreseen = ease.rows[np.argpartition(-profile.ease, count - 1)[:count]]
    rows = np.concatenate(
        [
            from_lists(
                statistics.candidates, profile.genre_preferences, n_hidden, settings, rng
            ),
            statistics.similarity.liked.near(recent, NEAR_EACH),
            statistics.similarity.interacted.near(recent, NEAR_EACH),
            near[near < n_items],
            foreseen[foreseen < n_items],
        ]
    )  # fmt: skip
    rows = scratch.distinct(rows, hidden[hidden < n_items], n_items)
    return rows[statistics.known[rows]]


def candidates_within(
    within: IntArray,
    hidden: IntArray,
    profile: UserProfile,
    sources: Sources,
    settings: RankingSettings,
    scratch: Scratch,
    rng: np.random.Generator,
) -> IntArray:
    """Return candidates from `within`, (n,) distinct rows, as `candidates_for` does from all items.

    Returns all of `within` if they are few. Otherwise each source first filters its items and then
    chooses as many as it does without a filter, so that there are enough for a full list.
    """
    statistics, vectors, ease = sources.statistics, sources.vectors, sources.ease
    n_items = len(statistics)
    within = scratch.distinct(within[within < n_items], hidden[hidden < n_items], n_items)
    within = within[statistics.known[within]]
    if len(within) <= SCORED_MOST:
        return within
    allowed = np.zeros(n_items, np.bool_)
    allowed[within] = True

    if ease is not None and profile.ease is not None and len(profile.ease):
        places = np.minimum(ease.rows, n_items - 1)
        chances = np.where(allowed[places], profile.ease, np.float32(-1))
        profile = replace(profile, ease=chances)
    filtered = replace(
        sources,
        statistics=replace(statistics, candidates=statistics.candidates.only(allowed)),
        nearest=None if vectors is None else partial(vectors.nearest, within),
    )
    rows = candidates_for(hidden, profile, filtered, settings, scratch, rng)
    return rows[allowed[rows]]


def from_lists(
    candidates: CandidateLists,
    preferences: FloatArray,
    n_hidden: int,
    settings: RankingSettings,
    rng: np.random.Generator,
) -> IntArray:
    """Return rows from the lists; they may repeat, and hidden ones are included.

    preferences: (n_genres,). n_hidden: how many hidden items are removed later; that many more rows
    are taken.
    """
    best = np.argsort(-preferences)[: settings.genres_considered]
    start = int(rng.integers(max(len(candidates.fresh) - settings.fresh_candidates, 0) + 1))
    return np.concatenate(
        [
            candidates.popular[: settings.popular_candidates + n_hidden],
            *(
                candidates.of_genre(column)[: settings.genre_candidates + n_hidden // 2]
                for column in best.tolist()
                if preferences[column] > 0
            ),
            candidates.fresh[start : start + settings.fresh_candidates],
            candidates.new[::-1][: settings.new_candidates],
        ]
    )
