"""Textbook recommenders: most popular, item cosine, EASE, iALS, LightFM. None explores."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from lightfm import LightFM
from scipy import sparse
from threadpoolctl import threadpool_limits

from recs.types import FloatArray, IntArray
from simulator.policies.fitted import Fitted, Predict

EASE_ITEMS = 3_000
"""Items with most likes: the cost of EASE grows with their cube."""
UNLIKED = -1e9
"""The score of an item that a model does not have."""


class MostPopular(Fitted):
    """By the number of likes."""

    def fit(self, likes: sparse.csr_array, **settings: float) -> Predict:
        """Count."""
        counts = np.asarray(likes.sum(axis=0), np.float64)
        return lambda users, theirs: np.tile(counts, (len(users), 1))


class ItemCosine(Fitted):
    """By cosines of items to a user's likes (Deshpande and Karypis, 2004)."""

    settings: ClassVar[Sequence[Mapping[str, float]]] = (
        {"shrinkage": 3.0},
        {"shrinkage": 10.0},
        {"shrinkage": 30.0},
    )

    def fit(self, likes: sparse.csr_array, **settings: float) -> Predict:
        """Compute cosines of all liked items, lower for pairs with few likes."""
        chosen, matrix = _most_liked(likes, likes.shape[1])
        together = (matrix.T @ matrix).toarray()
        lengths = np.sqrt(np.diag(together))
        weights = together / (np.outer(lengths, lengths) + np.float32(settings["shrinkage"]))
        np.fill_diagonal(weights, 0.0)
        return _linear(chosen, weights)


class EaseOnly(Fitted):
    """By EASE (Steck, 2019)."""

    settings: ClassVar[Sequence[Mapping[str, float]]] = (
        {"regularization": 50.0},
        {"regularization": 150.0},
        {"regularization": 400.0},
    )

    def fit(self, likes: sparse.csr_array, **settings: float) -> Predict:
        """Invert the matrix of items that are liked together."""
        chosen, matrix = _most_liked(likes, EASE_ITEMS)
        gram = (matrix.T @ matrix).toarray()
        gram[np.diag_indices_from(gram)] += np.float32(settings["regularization"])
        inverse = np.linalg.inv(gram)
        weights = inverse / -np.diag(inverse)
        np.fill_diagonal(weights, 0.0)
        return _linear(chosen, weights)


class Ials(Fitted):
    """By implicit alternating least squares (Hu, Koren and Volinsky, 2008), folding users in."""

    settings: ClassVar[Sequence[Mapping[str, float]]] = tuple(
        {"factors": factors, "alpha": alpha, "regularization": regularization}
        for factors in (32, 64)
        for alpha in (5.0, 20.0)
        for regularization in (1.0, 10.0)
    )

    def fit(self, likes: sparse.csr_array, **settings: float) -> Predict:
        """Fit factors of users and items."""
        with threadpool_limits(1, "blas"):  # or implicit warns: it has its own threads
            model = AlternatingLeastSquares(
                factors=int(settings["factors"]),
                alpha=settings["alpha"],
                regularization=settings["regularization"],
                iterations=15,
                num_threads=1,
                random_state=self.seed,
            )
            model.fit(sparse.csr_matrix(likes), show_progress=False)

        def predict(users: IntArray, theirs: sparse.csr_array) -> FloatArray:
            folded = model.recalculate_user(np.arange(len(users)), sparse.csr_matrix(theirs))
            return np.asarray(folded @ model.item_factors.T, np.float64)

        return predict


class LightFMOnly(Fitted):
    """By LightFM (WARP) on ids, with the biases of items. It does not fold in."""

    settings: ClassVar[Sequence[Mapping[str, float]]] = (
        {"components": 32, "epochs": 15},
        {"components": 64, "epochs": 15},
        {"components": 64, "epochs": 40},
    )

    def fit(self, likes: sparse.csr_array, **settings: float) -> Predict:
        """Fit from nothing."""
        light = LightFM(
            no_components=int(settings["components"]), loss="warp", random_state=self.seed
        )
        matrix = sparse.coo_matrix(likes)
        matrix = sparse.coo_matrix(  # LightFM reads 32 bits only
            (matrix.data, (matrix.row.astype(np.int32), matrix.col.astype(np.int32))), matrix.shape
        )
        light.fit(matrix, epochs=int(settings["epochs"]), num_threads=1)

        def predict(users: IntArray, theirs: sparse.csr_array) -> FloatArray:
            known = users < len(light.user_embeddings)
            vectors = np.zeros((len(users), light.no_components), np.float32)
            vectors[known] = light.user_embeddings[users[known]]
            return np.asarray(vectors @ light.item_embeddings.T + light.item_biases, np.float64)

        return predict


def _most_liked(likes: sparse.csr_array, most: int) -> tuple[IntArray, sparse.csr_array]:
    """Return the rows of the most liked items, and their columns; none without likes."""
    counts = np.asarray(likes.sum(axis=0))
    chosen = np.argsort(-counts, kind="stable")[:most]
    chosen = chosen[counts[chosen] > 0]
    return chosen, likes[:, chosen]


def _linear(chosen: IntArray, weights: FloatArray) -> Predict:
    """Return a function that sums the weights, (k, k), of what a user likes."""

    def predict(users: IntArray, theirs: sparse.csr_array) -> FloatArray:
        scores = np.full(theirs.shape, UNLIKED)
        scores[:, chosen] = theirs[:, chosen] @ weights
        return scores

    return predict
