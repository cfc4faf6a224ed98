"""Datasets small enough to know by heart."""

from collections.abc import Iterable, Sequence

import numpy as np

from recs.training.dataset import Dataset
from recs.types import UserId

Fact = tuple[str, int, int]
"""User, row of the item, sign."""

COMEDIES, HORRORS = range(8), range(8, 16)
GENRES = [("Comedy",)] * 8 + [("Horror",)] * 8


def dataset(facts: Iterable[Fact], genres: Sequence[Sequence[str]] = GENRES) -> Dataset:
    """Make a dataset of facts, oldest first, and the genres of each item by row."""
    facts = [*facts]
    users = [*dict.fromkeys(user for user, _, _ in facts)]
    names = [*dict.fromkeys(name for of_item in genres for name in of_item)]
    return Dataset(
        np.array([users.index(user) for user, _, _ in facts], np.int32),
        np.array([row for _, row, _ in facts], np.int32),
        np.array([sign for _, _, sign in facts], np.int8),
        users=tuple(map(UserId, users)),
        genre_starts=np.cumsum([0, *map(len, genres)]).astype(np.int32),
        genre_columns=np.array([names.index(name) for each in genres for name in each], np.int32),
        genre_names=tuple(names),
        interactions=len(facts),
    )


def two_crowds(users: int = 20, first: int = 0) -> list[Fact]:
    """Let each user like six items of their crowd's eight, and dislike one of the other's."""
    return [fact for user in range(first, first + users) for fact in _facts_of(user)]


def _facts_of(user: int) -> list[Fact]:
    own, other = (COMEDIES, HORRORS) if user % 2 else (HORRORS, COMEDIES)
    liked = [own[(user // 2 + step) % len(own)] for step in range(6)]
    return [(f"user-{user}", row, 1) for row in liked] + [
        (f"user-{user}", other[user % len(other)], -1)
    ]
