"""Data sets: a catalogue, users, and their opinions, as a MovieLens folder has them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

import pandas as pd


@dataclass(frozen=True)
class Dataset:
    """A catalogue, and the opinions of its users on the items that they know.

    genres runs in parallel with item_ids. opinions: user -> item -> True for a like.
    late: items that arrive between the two phases. history: opinions that users bring with them.
    later: their opinions in the second phase, if these differ.
    """

    item_ids: list[str]
    genres: list[list[str]]
    opinions: dict[str, dict[str, bool]]
    late: frozenset[str] = frozenset()
    history: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    later: Mapping[str, dict[str, bool]] = field(default_factory=dict)

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

    A rating of threshold or more is a like. most_rated keeps only the items with most ratings, then
    most_active only the users with most: the data becomes denser. users: size of a random sample.
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
    new_item = {int(movie): new_id(random) for movie in movies["movieId"]}
    old_users = sorted(int(user) for user in ratings["userId"].unique())
    if users is not None:
        old_users = sorted(random.sample(old_users, min(users, len(old_users))))
    new_user = {user: new_id(random) for user in old_users}

    opinions: dict[str, dict[str, bool]] = {user_id: {} for user_id in new_user.values()}
    columns = (ratings["userId"], ratings["movieId"], ratings["rating"] >= threshold)
    for user, movie, liked in zip(*(column.tolist() for column in columns), strict=True):
        if user in new_user:
            opinions[new_user[user]][new_item[movie]] = liked
    item_ids = list(new_item.values())
    genres = [_movielens_genres(text) for text in movies["genres"].tolist()]
    return Dataset(item_ids, genres, opinions, late_items(item_ids, late_share, random))


def late_items(item_ids: list[str], share: float, random: Random) -> frozenset[str]:
    """Choose the items that arrive between the two phases."""
    return frozenset(random.sample(item_ids, round(share * len(item_ids))))


def new_id(random: Random) -> str:
    """Return an id like those of real catalogues."""
    return str(UUID(int=random.getrandbits(128), version=4))


def _movielens_genres(text: str) -> list[str]:
    return [] if text == "(no genres listed)" else text.split("|")
