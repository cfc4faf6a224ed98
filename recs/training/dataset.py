"""The training data: the latest fact of each pair of user and item inside the window."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recs.types import Json, UserId

FACTS = ("fact_users", "fact_rows", "fact_signs")
GENRES = ("genre_starts", "genre_columns")


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Likes and dislikes inside the window, and the genres of all items of the catalogue.

    fact_users: (n_facts,) int32, positions in `users`. fact_rows: (n_facts,) int32, rows of the
    catalogue. fact_signs: (n_facts,) int8, LIKED, DISLIKED or WATCHED. Facts are oldest first, each
    pair once; undone ones are left out. genre_starts: (n_items + 1,) int32, and genre_columns:
    int32, are the genres of each item as in a CSR matrix: distinct positions in `genre_names`.
    interactions: of the whole generation.
    """

    fact_users: NDArray[np.int32]
    fact_rows: NDArray[np.int32]
    fact_signs: NDArray[np.int8]
    users: tuple[UserId, ...]
    genre_starts: NDArray[np.int32]
    genre_columns: NDArray[np.int32]
    genre_names: tuple[str, ...]
    interactions: int
    erasures: int = 0
    """How many erasures of users it takes into account."""

    @property
    def n_items(self) -> int:
        """Items of the catalogue."""
        return len(self.genre_starts) - 1

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], meta: Json) -> Self:
        """Read what `to_arrays` returned; other arrays and facts of the same file are ignored."""
        return cls(
            **{name: arrays[name] for name in FACTS + GENRES},
            users=tuple(unpack_ids(arrays["users"])),
            genre_names=tuple(meta["genre_names"]),
            interactions=meta["interactions"],
            erasures=meta.get("position", {}).get("erasures", 0),
        )

    def to_arrays(self) -> tuple[dict[str, NDArray[Any]], Json]:
        """Return arrays and metadata for recs/stores/arrays_file.py."""
        arrays = {name: getattr(self, name) for name in FACTS + GENRES}
        return {**arrays, "users": pack_ids(self.users)}, {
            "genre_names": self.genre_names,
            "interactions": self.interactions,
        }

    def fingerprint(self) -> str:
        """Return a digest of the data that a fit uses: likes and genres.

        A fit learns the same from two datasets with equal digests. Users without a like, and the
        order of `users`, which changes with every visit, do not change it.
        """
        liked = self.fact_signs > 0
        users, rows = self.fact_users[liked], self.fact_rows[liked]
        first_like = np.full(len(self.users), -1)
        # Assigned from newest to oldest: for each user the last assignment stays.
        first_like[users[::-1]] = np.arange(len(users))[::-1]
        fans = np.flatnonzero(first_like >= 0)
        fans = fans[np.argsort(first_like[fans])]
        ids = [self.users[user] for user in fans.tolist()]
        digest = blake2b(json.dumps([ids, self.genre_names]).encode(), digest_size=16)
        likes = (first_like[users], rows, self.fact_signs[liked])
        for array in (*likes, self.genre_starts, self.genre_columns):
            digest.update(array.tobytes())
        return digest.hexdigest()


def pack_ids(users: Sequence[UserId]) -> NDArray[np.uint8]:
    """Return ids as JSON: in an array of texts, each would take as much as the longest."""
    return np.frombuffer(json.dumps(users).encode(), np.uint8)


def unpack_ids(packed: NDArray[np.uint8]) -> list[UserId]:
    """Return the ids that `pack_ids` packed."""
    users: list[UserId] = json.loads(packed.tobytes())
    return users
