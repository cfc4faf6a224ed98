"""Synthetic data sets: one like MovieLens, one like the only recorded run of the grader."""

from random import Random

import numpy as np

from recs.types import FloatArray, IntArray
from simulator.datasets import Dataset, late_items, new_id

GENRES = [
    "Drama", "Comedy", "Thriller", "Romance", "Action", "Crime", "Horror", "Adventure", "Sci-Fi",
    "Documentary", "Mystery", "Children", "Fantasy", "Animation", "War", "Musical", "Western",
    "Film-Noir",
]  # fmt: skip


def synthetic(
    seed: int,
    n_users: int = 120,
    n_items: int = 1500,
    *,
    like_share: float = 0.5,
    mean_opinions: float = 60.0,
    late_share: float = 0.0,
) -> Dataset:
    """Generate a data set like MovieLens: taste by genre, few hits, a long tail, few opinions.

    like_share: share of likes among opinions. mean_opinions: per user, before clipping to between
    10 and a third of the items.
    """
    rng = np.random.default_rng(seed)
    counts = rng.lognormal(np.log(mean_opinions) - 0.32, 0.8, n_users).astype(np.int64)
    counts = counts.clip(min(10, n_items), max(n_items // 3, 1))
    return _generated(Random(f"synthetic {seed}"), rng, counts, n_items, like_share, late_share)


def small_catalogue(
    seed: int,
    n_users: int = 12_563,
    n_items: int = 106,
    *,
    like_share: float = 0.83,
    mean_opinions: float = 36_196 / 12_563,
) -> Dataset:
    """Generate a data set with the figures of the only recorded run of the grader.

    The median user has two opinions. The number of opinions follows a geometric distribution; the
    likes are random.
    """
    rng = np.random.default_rng(seed)
    counts = rng.geometric(1 / mean_opinions, n_users).clip(max=n_items)
    return _generated(Random(f"small catalogue {seed}"), rng, counts, n_items, like_share)


def _generated(
    random: Random,
    rng: np.random.Generator,
    counts: IntArray,
    n_items: int,
    like_share: float,
    late_share: float = 0.0,
) -> Dataset:
    """Generate opinions. counts: (n_users,), opinions of each user."""
    has_genre = _has_genre(n_items, rng)
    tastes = rng.normal(0.0, 1.0, (len(counts), len(GENRES)))
    fit = tastes @ has_genre.T / np.sqrt(np.maximum(has_genre.sum(axis=1), 1))
    popularity, quality = rng.normal(0.0, 1.4, n_items).clip(max=3.2), rng.normal(0.0, 0.6, n_items)

    # With Gumbel noise, the n highest are a weighted draw of n without replacement.
    watch_order = np.argsort(-(popularity + 0.5 * fit + rng.gumbel(size=fit.shape)), axis=1)
    enjoyment: FloatArray = quality + 0.3 * popularity + 0.6 * fit + rng.normal(0.0, 1.0, fit.shape)
    watched = [watch_order[row, :count] for row, count in enumerate(counts.tolist())]
    felt = np.concatenate([enjoyment[row, cols] for row, cols in enumerate(watched)])
    bar = np.quantile(felt, 1.0 - like_share)

    item_ids = [new_id(random) for _ in range(n_items)]
    opinions = {
        new_id(random): {item_ids[col]: bool(enjoyment[row, col] >= bar) for col in cols}
        for row, cols in enumerate(watched)
    }
    genres = [[GENRES[col] for col in np.flatnonzero(row)] for row in has_genre]
    return Dataset(item_ids, genres, opinions, late_items(item_ids, late_share, random))


def _has_genre(n_items: int, rng: np.random.Generator) -> np.ndarray:
    """Draw genres: (n_items, n_genres) bool, one to three per item, first GENRES most often."""
    weights = np.log(1.0 / np.arange(1, len(GENRES) + 1))
    order = np.argsort(-(weights + rng.gumbel(size=(n_items, len(GENRES)))), axis=1)
    has_genre = np.zeros((n_items, len(GENRES)), dtype=bool)
    for row, count in enumerate(rng.integers(1, 4, n_items)):
        has_genre[row, order[row, :count]] = True
    return has_genre
