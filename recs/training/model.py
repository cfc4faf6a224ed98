"""The LightFM model: items that the same people like have vectors near each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recs.training.dataset import Dataset, pack_ids, unpack_ids
from recs.training.embeddings import USER_STEP, Array, Embeddings
from recs.types import IntArray, Json, UserId

PARTS = ("items", "genres", "users")


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """The result of a fit, from which the next fit starts.

    items: by row of the catalogue. genres, users: in the order of `genre_names` and `user_ids`.
    An item's vector is its own part plus the mean of its genres' vectors. The own part of an item
    without likes is zero: LightFM met it only as a random negative, which says nothing about it.
    Vectors contain no biases: the ranking has better estimates of popularity, and with biases all
    popular items would be similar by cosine (docs/models.md).

    genres_of: (n_items, n_genres), each row sums to 1, or 0. likes: (n_likes,), sorted, all that
    the model has learned.
    """

    items: Embeddings
    genres: Embeddings
    users: Embeddings
    genre_names: tuple[str, ...]
    user_ids: tuple[UserId, ...]
    genres_of: sparse.csr_matrix
    likes: IntArray

    @property
    def item_vectors(self) -> Array:
        """Return (n_items, components), of any length."""
        return np.asarray(self.items.vectors + self.genres_of @ self.genres.vectors, np.float32)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], meta: Json) -> Self:
        """Read what `to_arrays` returned."""
        items, genres, users = (
            Embeddings(*(arrays[f"{part}_{each.name}"] for each in fields(Embeddings)))
            for part in PARTS
        )
        shares = (arrays["shares"], arrays["share_columns"], arrays["share_starts"])
        return cls(
            items,
            genres,
            users,
            genre_names=tuple(meta["genre_names"]),
            user_ids=tuple(unpack_ids(arrays["user_ids"])),
            genres_of=sparse.csr_matrix(shares, shape=(len(items), len(genres))),
            likes=arrays["likes"],
        )

    def to_arrays(self) -> tuple[dict[str, NDArray[Any]], Json]:
        """Return what recs/stores/arrays_file.py writes: arrays, and facts about them."""
        arrays = {
            "likes": self.likes,
            "user_ids": pack_ids(self.user_ids),
            "shares": self.genres_of.data,
            "share_columns": self.genres_of.indices,
            "share_starts": self.genres_of.indptr,
        }
        for part in PARTS:
            embeddings = getattr(self, part)
            for each in fields(Embeddings):
                arrays[f"{part}_{each.name}"] = getattr(embeddings, each.name)
        return arrays, {"genre_names": self.genre_names}


def empty_model(components: int) -> Model:
    """Return a model that has learned nothing yet."""
    nothing = Embeddings.empty(components)
    no_genres = sparse.csr_matrix((0, 0), dtype=np.float32)
    return Model(nothing, nothing, nothing, (), (), no_genres, np.zeros(0, np.int64))


def grow(model: Model, dataset: Dataset, rng: np.random.Generator) -> tuple[Model, IntArray]:
    """Make room for the items, genres and users that are new; items may have other genres now.

    Also returns the row of each user of the dataset; -1: none.
    A new item's own part is zero, so its vector is the mean of its genres. Users without a like in
    the dataset lose their row: so the window bounds the size of the model.
    """
    n_items = max(len(model.items), dataset.n_items)
    genre_names = tuple(dict.fromkeys(model.genre_names + dataset.genre_names))
    kept, user_rows = _user_rows(model.user_ids, dataset)
    newcomers = np.flatnonzero(user_rows >= len(kept))
    user_ids = [model.user_ids[row] for row in kept.tolist()]
    user_ids += [dataset.users[place] for place in newcomers.tolist()]
    grown = Model(
        model.items.grown(n_items),
        model.genres.grown(len(genre_names), rng),
        model.users.taken(kept).grown(len(user_ids), rng),
        genre_names,
        tuple(user_ids),
        _genres_of(dataset, genre_names, n_items),
        _renumbered(model.likes, kept, len(model.users)),
    )
    return grown, user_rows


def _user_rows(known: Sequence[UserId], dataset: Dataset) -> tuple[IntArray, IntArray]:
    """Return the old rows of known users who stay, and the new row of each user of the dataset.

    Users who stay come first, in their old order; then new users, in the order of the dataset.
    A user without a like has row -1.
    """
    row_of = {user: row for row, user in enumerate(known)}
    is_fan = np.zeros(len(dataset.users), np.bool_)
    is_fan[dataset.fact_users[dataset.fact_signs > 0]] = True
    fans = np.flatnonzero(is_fan)
    before = np.array([row_of.get(dataset.users[place], -1) for place in fans.tolist()], np.int64)
    kept = np.sort(before[before >= 0])
    after = np.searchsorted(kept, before)
    is_new = before < 0
    after[is_new] = len(kept) + np.arange(np.count_nonzero(is_new))
    user_rows = np.full(len(dataset.users), -1)
    user_rows[fans] = after
    return kept, user_rows


def _renumbered(likes: IntArray, kept: IntArray, n_users: int) -> IntArray:
    """Return likes with the new rows of their users, without those of users who left."""
    row_after = np.full(n_users, -1)
    row_after[kept] = np.arange(len(kept))
    users = row_after[likes // USER_STEP]
    stays = users >= 0
    return np.asarray(users[stays] * USER_STEP + likes[stays] % USER_STEP)


def _genres_of(dataset: Dataset, genre_names: Sequence[str], n_items: int) -> sparse.csr_matrix:
    """Return the share of each genre in each item: (n_items, n_genres)."""
    place_of = {name: place for place, name in enumerate(genre_names)}
    # LightFM reads only 32-bit integers.
    places = np.array([place_of[name] for name in dataset.genre_names], np.int32)
    counts = np.diff(dataset.genre_starts)
    shares = np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)
    missing = n_items - dataset.n_items  # above 0 if the dataset is older than the model
    starts = np.pad(dataset.genre_starts, (0, missing), mode="edge")
    columns = places[dataset.genre_columns]
    return sparse.csr_matrix((shares, columns, starts), shape=(n_items, len(genre_names)))
