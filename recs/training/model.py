"""The model: vectors in which titles that the same people like lie near each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from recs.embeddings import Embeddings
from recs.facts import Facts
from recs.types import FloatArray, IntArray, ItemId, UserId

VIEWER_STEP = 2**32
"""A like is kept as one number: viewer's row times this, plus title's row."""


@dataclass(frozen=True, slots=True)
class Model:
    """All that a training leaves, and the next one goes on from.

    A title's vector is its own part plus the mean of its genres' vectors. A title that nobody
    likes has no part of its own: LightFM only ever saw it as a miss drawn by lot, which says
    nothing of it. Biases stay out of the vectors: how popular a title is, the ranking knows
    better, and by cosine they would make all popular titles alike (docs/models.md).

    genres_of: (n_items, n_genres), each row sums to 1, or 0. likes: sorted, one number each.
    """

    items: Embeddings
    genres: Embeddings
    viewers: Embeddings
    genres_of: sparse.csr_matrix
    likes: IntArray

    @property
    def item_ids(self) -> tuple[ItemId, ...]:
        """Titles in the order of the rows of `item_vectors`."""
        return tuple(map(ItemId, self.items.ids))

    @property
    def viewer_ids(self) -> tuple[UserId, ...]:
        """Viewers in the order of the rows of `viewer_vectors`."""
        return tuple(map(UserId, self.viewers.ids))

    @property
    def item_vectors(self) -> FloatArray:
        """Return (n_items, components)."""
        return np.asarray(self.items.vectors + self.genres_of @ self.genres.vectors, np.float64)

    @property
    def viewer_vectors(self) -> FloatArray:
        """Return (n_viewers, components). Only viewers who liked something have one."""
        return np.asarray(self.viewers.vectors, np.float64)


def empty_model(components: int) -> Model:
    """Return the model of a generation in which nothing has been learned yet."""
    nothing = Embeddings.empty(components)
    no_likes = np.zeros(0, np.int64)
    return Model(nothing, nothing, nothing, genres_of(nothing, nothing, {}), no_likes)


def grown(
    model: Model,
    facts: Facts,
    catalogue: Mapping[ItemId, Sequence[str]],
    rng: np.random.Generator,
) -> Model:
    """Make room for the titles, genres and viewers that came since; genres may have changed.

    A new title's own part begins at nought, so it lies where its genres lie.
    """
    items = model.items.grown([*catalogue, *facts.titles])
    names = dict.fromkeys(genre for genres in catalogue.values() for genre in genres)
    genres = model.genres.grown(names, rng)
    fans = np.unique(facts.viewers[facts.tastes > 0])
    viewers = model.viewers.grown([facts.users[place] for place in fans], rng)
    return Model(items, genres, viewers, genres_of(items, genres, catalogue), model.likes)


def genres_of(
    items: Embeddings, genres: Embeddings, catalogue: Mapping[ItemId, Sequence[str]]
) -> sparse.csr_matrix:
    """Return the share of each genre in each title: (n_items, n_genres)."""
    column_of = {name: column for column, name in enumerate(genres.ids)}
    of_item = [sorted({*catalogue.get(ItemId(item), ())}) for item in items.ids]
    counts = [len(each) for each in of_item]
    # LightFM reads 32 bits only.
    columns = np.array([column_of[name] for each in of_item for name in each], np.int32)
    shares = np.repeat(1 / np.maximum(counts, 1), counts).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return sparse.csr_matrix((shares, columns, starts), shape=(len(items), len(genres)))


def likes_of(model: Model, facts: Facts) -> IntArray:
    """Return one number for each fact, in their order; -1 for a dislike."""
    place_of_user = {user: place for place, user in enumerate(model.viewers.ids)}
    viewers = np.array([place_of_user.get(user, -1) for user in facts.users], np.int64)
    items = model.items.places(facts.titles)
    numbers = viewers[facts.viewers] * VIEWER_STEP + items[facts.items]
    return np.where(facts.tastes > 0, numbers, -1)
