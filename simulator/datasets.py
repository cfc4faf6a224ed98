"""Data sets: a catalogue, users, and their opinions, as a MovieLens folder has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

import pandas as pd

NO_GENRES = "(no genres listed)"


class DatasetUnusable(ValueError):
    """A folder that cannot be played; the message says why."""


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

    Genres and timestamps may be missing. A rating of threshold or more is a like. most_rated keeps
    only the items with most ratings, then most_active only the users with most: the data becomes
    denser. users: size of a random sample. Raises DatasetUnusable.
    """
    movies, ratings = _tables(folder)
    if most_rated is not None:
        kept = ratings["movieId"].value_counts().index[:most_rated]
        movies = movies[movies["movieId"].isin(kept)]
    ratings = ratings[ratings["movieId"].isin(movies["movieId"])]
    if ratings.empty:
        raise DatasetUnusable(f"{folder}: no title of movies.csv is rated in ratings.csv")
    if most_active is not None:
        kept = ratings["userId"].value_counts().index[:most_active]
        ratings = ratings[ratings["userId"].isin(kept)]

    random = Random(f"movielens {seed}")
    new_item = {movie: new_id(random) for movie in movies["movieId"].tolist()}
    old_users = sorted(ratings["userId"].unique().tolist())
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


def _tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read titles, and ratings in the order of their times; each title and opinion once.

    Ids are integers if all of them are, and texts otherwise. Times are numbers or ISO dates.
    """
    movies = _table(folder / "movies.csv", ["movieId"], {"genres": NO_GENRES})
    ratings = _table(folder / "ratings.csv", ["userId", "movieId", "rating"], {"timestamp": "0"})
    for column, tables in (("userId", [ratings]), ("movieId", [movies, ratings])):
        if all(table[column].str.fullmatch("[0-9]{1,18}").all() for table in tables):
            for table in tables:
                table[column] = table[column].astype("int64")
    ratings["rating"] = pd.to_numeric(ratings["rating"], errors="coerce")
    times = pd.to_numeric(ratings["timestamp"], errors="coerce")
    if times.isna().all():  # they are dates
        times = pd.to_datetime(ratings["timestamp"], errors="coerce", format="ISO8601", utc=True)
    ratings["timestamp"] = times
    ratings = ratings.dropna().sort_values(["timestamp", "userId", "movieId"], kind="stable")
    ratings = ratings.drop_duplicates(["userId", "movieId"], keep="last")
    return movies.drop_duplicates("movieId"), ratings


def _table(path: Path, columns: Sequence[str], defaults: Mapping[str, str]) -> pd.DataFrame:
    """Read columns of a table as texts; of the optional ones, missing values are the defaults."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, na_values=[""])
    except FileNotFoundError:
        raise DatasetUnusable(f"{path.parent} is not a MovieLens folder: no {path.name}") from None
    except (OSError, ValueError) as error:
        raise DatasetUnusable(f"{path} cannot be read: {error}") from error
    if missing := [column for column in columns if column not in table]:
        raise DatasetUnusable(f"{path} has no column {missing[0]}")
    for column, default in defaults.items():
        table[column] = table[column].fillna(default) if column in table else default
    return table[[*columns, *defaults]].dropna().reset_index(drop=True)


def late_items(item_ids: list[str], share: float, random: Random) -> frozenset[str]:
    """Choose the items that arrive between the two phases."""
    return frozenset(random.sample(item_ids, round(share * len(item_ids))))


def new_id(random: Random) -> str:
    """Return an id like those of real catalogues."""
    return str(UUID(int=random.getrandbits(128), version=4))


def _movielens_genres(text: str) -> list[str]:
    return [] if text == NO_GENRES else text.split("|")
