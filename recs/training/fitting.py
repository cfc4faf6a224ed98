"""LightFM: interactions and genres in, a model out. The only module that imports lightfm."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from lightfm import LightFM
from scipy import sparse

from recs.embeddings import Array, Embeddings
from recs.evaluation import Report, evaluate, hold_back
from recs.factors import VIEWER_STEP, Model, empty_model, grown, likes_of
from recs.facts import facts_of
from recs.training_settings import TrainingSettings
from recs.types import IntArray, ItemId

if TYPE_CHECKING:
    import pandas as pd


def train_model(
    interactions: "pd.DataFrame",
    catalogue: Mapping[ItemId, Sequence[str]],
    previous: Model | None = None,
    settings: TrainingSettings | None = None,
    seed: int = 0,
) -> tuple[Model, Report] | None:
    """Train on all interactions, going on from an earlier model. None if nobody likes anything.

    interactions: user_id, item_id, action, timestamp, in the order of the log.
    The newest of the likes that `previous` has not seen are held back at first: they judge the
    new vectors and the previous ones, neither of which knows them. Then they are learned too, so
    that nothing is lost for the vectors that are published.
    """
    begun = perf_counter()
    settings = settings or TrainingSettings()
    rng = np.random.default_rng(seed)
    facts = facts_of(interactions)
    if not (facts.tastes > 0).any():
        return None
    start = grown(previous or empty_model(settings.components), facts, catalogue, rng)
    numbers, rows = likes_of(start, facts), start.items.places(facts.titles)[facts.items]
    liked, new = facts.tastes > 0, ~np.isin(numbers, start.likes)
    # What was taken back since is no like any more.
    start = replace(start, likes=np.intersect1d(start.likes, numbers[liked]))
    held = hold_back(facts, new, settings, rng)

    passes = settings.warm_passes if previous else settings.passes
    trial = _train(start, numbers[liked & ~held], passes, settings, rng)
    model = _train(trial, numbers[liked], settings.final_passes, settings, rng)
    quality = evaluate(trial.item_vectors, facts, rows, held)
    previous_quality = evaluate(start.item_vectors, facts, rows, held) if previous else None
    report = Report(
        quality,
        previous_quality,
        interactions=len(facts.tastes),
        likes=int(liked.sum()),
        new_likes=int((liked & new).sum()),
        viewers=len(model.viewers),
        items=len(model.items),
        genres=len(model.genres),
        seconds=perf_counter() - begun,
    )
    return model, report


def _train(
    start: Model, likes: IntArray, passes: int, settings: TrainingSettings, rng: np.random.Generator
) -> Model:
    """Walk `passes` times over likes, those that `start` has not seen first.

    WARP learns from likes alone: it would drop dislikes. They act in fold-in and in ranking.
    """
    light = _opened(start, settings, seed=int(rng.integers(2**31)))
    own = sparse.identity(len(start.items), dtype=np.float32)
    item_features = sparse.hstack([own, start.genres_of], format="csr")
    viewers, items = np.divmod(likes, VIEWER_STEP)
    shape = (len(start.viewers), len(start.items))
    seen = np.isin(likes, start.likes)
    for _ in range(passes):
        chosen = _portion(np.flatnonzero(~seen), np.flatnonzero(seen), settings, rng)
        # Weight 0: not learned in this pass, yet never drawn as a miss either.
        weights = np.zeros(len(likes), np.float32)
        weights[chosen] = 1
        matrix = sparse.coo_matrix(
            (weights, (viewers.astype(np.int32), items.astype(np.int32))), shape=shape
        )
        light.fit_partial(matrix, item_features=item_features, epochs=1, num_threads=1)
    known = np.sort(np.concatenate([start.likes, likes[~seen]]))
    return _closed(light, replace(start, likes=known))


def _portion(
    new: IntArray, old: IntArray, settings: TrainingSettings, rng: np.random.Generator
) -> IntArray:
    """Choose the likes of one pass, by lot: new ones first, and some old ones to each."""
    first = rng.permutation(new)[: settings.likes_per_pass]
    n_old = min(int(settings.replay * len(first)), settings.likes_per_pass - len(first))
    return np.concatenate([first, rng.permutation(old)[:n_old]])


def _opened(model: Model, settings: TrainingSettings, seed: int) -> LightFM:
    """Put a model into LightFM, whose features of titles are the titles, then the genres."""
    light = LightFM(
        no_components=settings.components,
        loss="warp",
        learning_rate=settings.learning_rate,
        random_state=seed,
    )
    parts = (model.items, model.genres)
    light.item_embeddings = np.concatenate([part.vectors for part in parts])
    light.item_embedding_gradients = np.concatenate([part.vector_sums for part in parts])
    light.item_embedding_momentum = np.zeros_like(light.item_embeddings)
    light.item_biases = np.concatenate([part.biases for part in parts])
    light.item_bias_gradients = np.concatenate([part.bias_sums for part in parts])
    light.item_bias_momentum = np.zeros_like(light.item_biases)
    light.user_embeddings = model.viewers.vectors.copy()
    light.user_embedding_gradients = model.viewers.vector_sums.copy()
    light.user_embedding_momentum = np.zeros_like(light.user_embeddings)
    light.user_biases = model.viewers.biases.copy()
    light.user_bias_gradients = model.viewers.bias_sums.copy()
    light.user_bias_momentum = np.zeros_like(light.user_biases)
    return light


def _closed(light: LightFM, model: Model) -> Model:
    """Take out of LightFM what it has learned; titles that nobody likes keep no part of it."""
    n_items = len(model.items)
    arrays: list[Array] = [
        light.item_embeddings,
        light.item_embedding_gradients,
        light.item_biases,
        light.item_bias_gradients,
    ]
    items = Embeddings(model.items.ids, *(array[:n_items] for array in arrays))
    genres = Embeddings(model.genres.ids, *(array[n_items:] for array in arrays))
    viewers = Embeddings(
        model.viewers.ids,
        light.user_embeddings,
        light.user_embedding_gradients,
        light.user_biases,
        light.user_bias_gradients,
    )
    unliked = np.setdiff1d(np.arange(n_items), model.likes % VIEWER_STEP)
    return replace(model, items=items.forgotten(unliked), genres=genres, viewers=viewers)
