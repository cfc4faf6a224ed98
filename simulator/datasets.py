"""Data sets: a catalogue, users, and their opinions. From a MovieLens folder, or synthetic."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from uuid import UUID

import numpy as np
import pandas as pd

GENRES = [
    "Drama", "Comedy", "Thriller", "Romance", "Action", "Crime", "Horror", "Adventure", "Sci-Fi",
    "Documentary", "Mystery", "Children", "Fantasy", "Animation", "War", "Musical", "Western",
    "Film-Noir",
]  # fmt: skip


@dataclass(frozen=True)
class Dataset:
    """A catalogue, and the opinions of its users on the items that they know.

    genres runs in parallel with item_ids. opinions: user -> item -> True for a like.
    late: items that arrive between the two phases. history: opinions that users bring with them.
    """

    item_ids: list[str]
    genres: list[list[str]]
    opinions: dict[str, dict[str, bool]]
    late: frozenset[str] = frozenset()
    history: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)

    def arrivals(self, *, late: bool) -> tuple[list[str], list[list[str]]]:
        """Return the items of the first catalogue, or the late ones, and their genres."""
        rows = [row for row, item_id in enumerate(self.item_ids) if (item_id in self.late) == late]
        return [self.item_ids[row] for row in rows], [self.genres[row] for row in rows]


def movielens(
    folder: Path,
    seed: int,
    *,
    threshold: float = 4.0,
    users: int | None = None,
    late_share: float = 0.0,
    most_active: int | None = None,
    most_rated: int | None = None,
) -> Dataset:
    """Read movies.csv and ratings.csv of a MovieLens folder; every id is new with each seed.

    A rating of threshold or more is a like. most_rated keeps only so many items, then
    most_active only so many users, which makes the data denser. users: a random sample of so many.
    """
    movies = pd.read_csv(folder / "movies.csv", usecols=["movieId", "genres"])
    ratings = pd.read_csv(
        folder / "ratings.csv", usecols=["userId", "movieId", "rating", "timestamp"]
    )
    ratings = ratings.sort_values(["timestamp", "userId", "movieId"], kind="stable")
    ratings = ratings.drop_duplicates(["userId", "movieId"], keep="last")
    if most_rated is not None:
        kept = ratings["movieId"].value_counts().index[:most_rated]
        movies = movies[movies["movieId"].isin(kept)]
    ratings = ratings[ratings["movieId"].isin(movies["movieId"])]
    if most_active is not None:
        kept = ratings["userId"].value_counts().index[:most_active]
        ratings = ratings[ratings["userId"].isin(kept)]

    random = Random(f"movielens {seed}")
    new_item = {int(movie): _uuid(random) for movie in movies["movieId"]}
    old_users = sorted(int(user) for user in ratings["userId"].unique())
    if users is not None:
        old_users = sorted(random.sample(old_users, min(users, len(old_users))))
    new_user = {user: _uuid(random) for user in old_users}

    opinions: dict[str, dict[str, bool]] = {user_id: {} for user_id in new_user.values()}
    columns = (ratings["userId"], ratings["movieId"], ratings["rating"] >= threshold)
    for user, movie, liked in zip(*(column.tolist() for column in columns), strict=True):
        if user in new_user:
            opinions[new_user[user]][new_item[movie]] = liked
    item_ids = list(new_item.values())
    genres = [_movielens_genres(text) for text in movies["genres"].tolist()]
    return Dataset(item_ids, genres, opinions, _late(item_ids, late_share, random))


def with_history(dataset: Dataset, share: float) -> Dataset:
    """Return the same data, of which the users bring the oldest share with them."""
    history: dict[str, dict[str, bool]] = {}
    left: dict[str, dict[str, bool]] = {}
    for user_id, opinions in dataset.opinions.items():
        pairs = list(opinions.items())
        n_brought = round(share * len(pairs))
        history[user_id], left[user_id] = dict(pairs[:n_brought]), dict(pairs[n_brought:])
    return replace(dataset, opinions=left, history=history)


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

    like_share: share of likes among opinions. mean_opinions: per user, before they are limited to
    between 10 and a third of the items.
    """
    random, rng = Random(f"synthetic {seed}"), np.random.default_rng(seed)
    has_genre = _synthetic_genres(n_items, rng)
    tastes = rng.normal(0.0, 1.0, (n_users, len(GENRES)))
    fit = tastes @ has_genre.T / np.sqrt(np.maximum(has_genre.sum(axis=1), 1))
    popularity, quality = rng.normal(0.0, 1.4, n_items).clip(max=3.2), rng.normal(0.0, 0.6, n_items)

    # With Gumbel noise, taking the n highest is a draw of n without replacement, by weight.
    watch_order = np.argsort(-(popularity + 0.5 * fit + rng.gumbel(size=fit.shape)), axis=1)
    enjoyment = quality + 0.3 * popularity + 0.6 * fit + rng.normal(0.0, 1.0, fit.shape)
    counts = rng.lognormal(np.log(mean_opinions) - 0.32, 0.8, n_users).astype(int)
    counts = counts.clip(min(10, n_items), max(n_items // 3, 1))
    watched = [watch_order[row, :count] for row, count in enumerate(counts)]
    felt = np.concatenate([enjoyment[row, cols] for row, cols in enumerate(watched)])
    bar = np.quantile(felt, 1.0 - like_share)

    item_ids = [_uuid(random) for _ in range(n_items)]
    opinions = {
        _uuid(random): {item_ids[col]: bool(enjoyment[row, col] >= bar) for col in cols}
        for row, cols in enumerate(watched)
    }
    genres = [[GENRES[col] for col in np.flatnonzero(row)] for row in has_genre]
    return Dataset(item_ids, genres, opinions, _late(item_ids, late_share, random))


def _synthetic_genres(n_items: int, rng: np.random.Generator) -> np.ndarray:
    """(n_items, n_genres) bool, one to three genres per item, the first of GENRES most often."""
    weights = np.log(1.0 / np.arange(1, len(GENRES) + 1))
    order = np.argsort(-(weights + rng.gumbel(size=(n_items, len(GENRES)))), axis=1)
    has_genre = np.zeros((n_items, len(GENRES)), dtype=bool)
    for row, count in enumerate(rng.integers(1, 4, n_items)):
        has_genre[row, order[row, :count]] = True
    return has_genre


def _movielens_genres(text: str) -> list[str]:
    return [] if text == "(no genres listed)" else text.split("|")


def _late(item_ids: list[str], share: float, random: Random) -> frozenset[str]:
    return frozenset(random.sample(item_ids, round(share * len(item_ids))))


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))
