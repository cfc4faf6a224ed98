"""Fits a LightFM model to a dataset. The only module that imports lightfm."""

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from lightfm import LightFM
from scipy import sparse

from recs.ranking.ratings import like_weights
from recs.ranking.settings import RankingSettings
from recs.training.dataset import Dataset
from recs.training.embeddings import USER_STEP, Array, Embeddings
from recs.training.evaluation import Mask, evaluate, hold_back
from recs.training.model import Model, empty_model, grow
from recs.training.report import Report
from recs.training.settings import TrainingSettings
from recs.types import IntArray


def fit(
    dataset: Dataset,
    previous: Model | None = None,
    settings: TrainingSettings = TrainingSettings(),
    seed: int = 0,
    watched_weight: float = RankingSettings().watched_weight,
) -> tuple[Model, Report] | None:
    """Fit a model, starting from an earlier one if given (refit). None if there are no likes.

    The newest of the likes that `previous` has not learned are held back first. They measure the
    new vectors and the previous ones, because neither has learned them. Then they are learned too,
    so that the published vectors use all likes. A model with other `components` than the settings
    say is only measured: the new one starts from nothing.
    watched_weight: how much of a like a "watched" is; in this module "likes" include both.
    """
    begun = perf_counter()
    rng = np.random.default_rng(seed)
    if not (dataset.fact_signs > 0).any():
        return None
    start, user_rows = grow(previous or empty_model(settings.components), dataset, rng)
    likes = _likes_of(dataset, user_rows, start.likes, watched_weight)
    held_facts = hold_back(dataset, likes.new_facts, settings, rng)
    held = held_facts[likes.facts]
    previous_quality = evaluate(start.item_vectors, dataset, held_facts) if previous else None
    is_refit = previous is not None
    if start.items.vectors.shape[1] != settings.components:
        is_refit = False
        start, user_rows = grow(empty_model(settings.components), dataset, rng)
        likes = _likes_of(dataset, user_rows, start.likes, watched_weight)

    fitting = _Fitting(start, likes, settings, rng)
    epochs = settings.refit_epochs if is_refit else settings.epochs
    trial = fitting.learn(new=~likes.known & ~held, old=likes.known, epochs=epochs)
    quality = evaluate(trial.item_vectors, dataset, held_facts)
    model = fitting.learn(new=held, old=~held, epochs=settings.final_epochs)
    report = Report(
        quality,
        previous_quality,
        interactions=dataset.interactions,
        likes=len(likes.facts),
        new_likes=int(np.count_nonzero(~likes.known)),
        users=len(model.users),
        items=len(model.items),
        genres=len(model.genres),
        seconds=perf_counter() - begun,
    )
    return model, report


@dataclass(frozen=True, slots=True)
class _Likes:
    """The likes of a dataset, oldest first; (n_likes,) each.

    facts: their places among the facts. users, items: rows of the model. known: whether the
    starting model has learned them. weights: how much of a like each is. order: sorts them by user,
    then item.
    """

    facts: IntArray
    users: IntArray
    items: IntArray
    known: Mask
    weights: Array
    order: IntArray
    n_facts: int

    @property
    def new_facts(self) -> Mask:
        """Return the likes not learned yet, as a mask of all facts."""
        new = np.zeros(self.n_facts, np.bool_)
        new[self.facts[~self.known]] = True
        return new

    def numbers(self, chosen: Mask) -> IntArray:
        """Return chosen likes as a model stores them: one number each, sorted."""
        order = self.order[chosen[self.order]]
        return self.users[order] * USER_STEP + self.items[order]

    def matrix(self, chosen: Mask, shape: tuple[int, int]) -> sparse.csr_matrix:
        """Return chosen likes as (n_users, n_items), items of each user sorted."""
        order = self.order[chosen[self.order]]
        counts = np.bincount(self.users[order], minlength=shape[0])
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        ones = np.ones(len(order), np.float32)
        return sparse.csr_matrix((ones, self.items[order].astype(np.int32), starts), shape=shape)


def _likes_of(
    dataset: Dataset, user_rows: IntArray, learned: IntArray, watched_weight: float
) -> _Likes:
    """Find all likes and their rows. learned: numbers of those learned before."""
    facts = np.flatnonzero(dataset.fact_signs > 0)
    users = user_rows[dataset.fact_users[facts]]
    items = dataset.fact_rows[facts].astype(np.int64)
    numbers = users * USER_STEP + items
    weights = like_weights(dataset.fact_signs[facts], watched_weight).astype(np.float32)
    known, order = np.isin(numbers, learned), np.argsort(numbers)
    return _Likes(facts, users, items, known, weights, order, len(dataset.fact_signs))


class _Fitting:
    """Runs LightFM from a starting model to a new one."""

    def __init__(
        self, start: Model, likes: _Likes, settings: TrainingSettings, rng: np.random.Generator
    ) -> None:
        self._start = start
        self._likes = likes
        self._settings = settings
        self._rng = rng
        self._light = _opened(start, settings, seed=int(rng.integers(2**31)))
        own = sparse.identity(len(start.items), dtype=np.float32)
        self._item_features = sparse.hstack([own, start.genres_of], format="csr")
        self._user_features = sparse.identity(len(start.users), dtype=np.float32, format="csr")

    def learn(self, new: Mask, old: Mask, epochs: int) -> Model:
        """Learn new likes and replay some old ones. Neither is ever sampled as a negative.

        WARP learns only from likes and would ignore dislikes. These act in fold-in and in ranking.
        The next call changes the returned model.
        """
        likes, shape = self._likes, (len(self._start.users), len(self._start.items))
        self._light.positives = likes.matrix(new | old, shape)
        new_places, old_places = np.flatnonzero(new), np.flatnonzero(old)
        for _ in range(epochs):
            chosen = _portion(new_places, old_places, self._settings, self._rng)
            where = (likes.users[chosen].astype(np.int32), likes.items[chosen].astype(np.int32))
            ones = np.ones(len(chosen), np.float32)
            self._light.fit_partial(
                sparse.coo_matrix((ones, where), shape=shape),
                sample_weight=sparse.coo_matrix((likes.weights[chosen], where), shape=shape),
                user_features=self._user_features,
                item_features=self._item_features,
                num_threads=1,
            )
        model = replace(self._start, likes=likes.numbers(new | old))
        return _closed(self._light, model, liked=likes.items[new | old])


class _ReplayingLightFM(LightFM):  # type: ignore[misc]
    """LightFM that never samples a known like as a negative, even if the epoch leaves it out."""

    positives: sparse.csr_matrix
    """(n_users, n_items), all known likes, indices sorted."""

    def _get_positives_lookup_matrix(self, _: sparse.coo_matrix) -> sparse.csr_matrix:
        return self.positives


def _portion(
    new: IntArray, old: IntArray, settings: TrainingSettings, rng: np.random.Generator
) -> IntArray:
    """Choose the likes of one epoch at random: new ones first, then `replay` old ones for each."""
    n_new = min(len(new), settings.likes_per_epoch)
    n_old = min(int(settings.replay * n_new), settings.likes_per_epoch - n_new, len(old))
    return np.concatenate([
        rng.choice(new, n_new, replace=False, shuffle=False),
        rng.choice(old, n_old, replace=False, shuffle=False),
    ])  # fmt: skip


def _opened(model: Model, settings: TrainingSettings, seed: int) -> _ReplayingLightFM:
    """Load a grown model into LightFM. Its item features are all items, then all genres."""
    light = _ReplayingLightFM(
        no_components=settings.components,
        loss="warp",
        learning_rate=settings.learning_rate,
        random_state=seed,
    )
    parts = (model.items, model.genres)
    light.item_embeddings = np.concatenate([part.vectors for part in parts])
    light.item_embedding_gradients = np.concatenate([part.vector_sums for part in parts])
    light.item_embedding_momentum = np.zeros(light.item_embeddings.shape, np.float32)
    light.item_biases = np.concatenate([part.biases for part in parts])
    light.item_bias_gradients = np.concatenate([part.bias_sums for part in parts])
    light.item_bias_momentum = np.zeros(light.item_biases.shape, np.float32)
    # `grow` made its own copies of the users' rows, so they need no second copy.
    light.user_embeddings = model.users.vectors
    light.user_embedding_gradients = model.users.vector_sums
    light.user_embedding_momentum = np.zeros(light.user_embeddings.shape, np.float32)
    light.user_biases = model.users.biases
    light.user_bias_gradients = model.users.bias_sums
    light.user_bias_momentum = np.zeros(light.user_biases.shape, np.float32)
    return light


def _closed(light: LightFM, model: Model, liked: IntArray) -> Model:
    """Read the model that LightFM has learned. Items without likes are reset."""
    n_items = len(model.items)
    unliked = np.ones(n_items, np.bool_)
    unliked[liked] = False
    arrays: list[Array] = [
        light.item_embeddings,
        light.item_embedding_gradients,
        light.item_biases,
        light.item_bias_gradients,
    ]
    for array, nothing in zip(arrays, (0, 1, 0, 1), strict=True):
        array[:n_items][unliked] = nothing
    users = Embeddings(
        light.user_embeddings,
        light.user_embedding_gradients,
        light.user_biases,
        light.user_bias_gradients,
    )
    items = Embeddings(*(array[:n_items] for array in arrays))
    genres = Embeddings(*(array[n_items:] for array in arrays))
    return replace(model, items=items, genres=genres, users=users)
