"""Nearest items from a Qdrant server, which keeps the vectors of each model version."""

import logging
from collections.abc import Callable, Collection
from re import escape, fullmatch
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException

from recs.ranking.ragged import NO_ROWS
from recs.settings import Settings
from recs.stores.vectors import Vectors, Vectors32
from recs.training.embeddings import unit_vectors
from recs.types import FloatArray, Generation, IntArray

if TYPE_CHECKING:
    from recs.training.model import Model

log = logging.getLogger(__name__)

POINTS_A_CALL = 500
PUBLISH_SECONDS = 10
QUERY_SECONDS = 1
"""Qdrant's client accepts whole seconds only."""
PAUSE_SECONDS = 30.0
"""Pause after a failed query: a Qdrant that hangs costs its caller one second in thirty."""
FAULTS = (ApiException, QdrantException, OSError, ValueError)


def client_of(settings: Settings, timeout_seconds: int = PUBLISH_SECONDS) -> QdrantClient:
    """Return a client of the server at QDRANT_URL. Connects to nothing yet."""
    return QdrantClient(
        url=settings.qdrant_url,
        api_key=settings.qdrant_api_key or None,
        timeout=timeout_seconds,
        check_compatibility=False,  # it would ask the server, which may not be running yet
    )


class QdrantVectors(Vectors):
    """Publishes the item vectors of a version, and searches those of the version in use.

    Each version has its own collection, `<namespace>-<generation>-items-<version>`. The alias
    without the version moves to it when it is complete. The id of a point is the item's row in the
    catalogue. All vectors have length 1, so that their dot product, which is cheaper, equals their
    cosine. User vectors are not stored: a ranker folds users in from their likes, and an erased
    user must leave nothing behind.
    """

    def __init__(
        self, client: QdrantClient, namespace: str, clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__()
        self._client = client
        self._namespace = namespace
        self._clock = clock
        self._asked = ""
        """Collection that `nearest` searches; empty before the first version."""
        self._silent_until = -float("inf")

    def publish(self, generation: Generation, version: int, model: "Model") -> None:
        """Publish this version to all rankers, unless the server has it.

        If Qdrant is down this is logged: ranking continues without it, and the next call tries
        again.
        """
        try:
            self._publish(generation, version, model)
        except FAULTS as error:
            log.warning("Qdrant has not taken version %d: %s", version, error)

    def use(self, generation: Generation, version: int, vectors: Vectors32) -> None:
        """Let `nearest` search this version, which the server already has."""
        self._asked = self._name(generation, version)
        self._silent_until = -float("inf")

    def nearest(self, vector: FloatArray, k: int) -> IntArray:
        """Return the rows of the k items nearest to a unit vector, nearest first.

        Returns no rows before the first version, and while Qdrant does not answer.
        """
        if not self._asked or self._clock() < self._silent_until:
            return NO_ROWS
        try:
            answer = self._client.query_points(
                self._asked,
                np.asarray(vector, np.float32),
                limit=k,
                with_payload=False,
                timeout=QUERY_SECONDS,
            )
        except FAULTS as error:
            log.warning("Qdrant is not asked for %.0f s: %s", PAUSE_SECONDS, error)
            self._silent_until = self._clock() + PAUSE_SECONDS
            return NO_ROWS
        return np.array([point.id for point in answer.points], np.int64)

    def _publish(self, generation: Generation, version: int, model: "Model") -> None:
        alias, name = self._name(generation), self._name(generation, version)
        aliases = self._client.get_aliases().aliases
        served = {each.alias_name: each.collection_name for each in aliases}.get(alias)
        if served != name:
            self._fill(name, model.item_vectors)
            self._point(alias, name)
            # Rankers that do not know the new version yet still search the one before.
            self._remove_others({name, served or name})

    def _fill(self, name: str, vectors: Vectors32) -> None:
        """Create or replace a collection. Leave out zero vectors: items without likes or genres."""
        rows = np.flatnonzero(vectors.any(axis=1))
        size = models.VectorParams(size=vectors.shape[1], distance=models.Distance.DOT)
        self._client.delete_collection(name)
        self._client.create_collection(name, vectors_config=size)
        self._client.upload_collection(
            name,
            vectors=unit_vectors(vectors[rows]),
            ids=rows.tolist(),
            batch_size=POINTS_A_CALL,
            wait=True,
        )

    def _point(self, alias: str, name: str) -> None:
        """Move or create an alias in one request, so that it is never missing."""
        self._client.update_collection_aliases(
            [
                models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias)),
                models.CreateAliasOperation(
                    create_alias=models.CreateAlias(collection_name=name, alias_name=alias)
                ),
            ]
        )

    def _remove_others(self, kept: Collection[str]) -> None:
        """Remove this service's other collections, of all generations."""
        ours = rf"{escape(self._namespace)}-\d+-items-\d+"
        for each in self._client.get_collections().collections:
            if fullmatch(ours, each.name) and each.name not in kept:
                self._client.delete_collection(each.name)

    def _name(self, generation: Generation, version: int | None = None) -> str:
        """Name the collection of a version; without a version name the alias."""
        alias = f"{self._namespace}-{generation}-items"
        return alias if version is None else f"{alias}-{version}"
