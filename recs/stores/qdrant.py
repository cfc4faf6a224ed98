"""A Qdrant server: it keeps the vectors of a version, and finds those near another."""

import logging
from collections.abc import Callable, Collection
from re import escape, fullmatch
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException

from recs.settings import Settings
from recs.stores.vectors import NO_ROWS, Vectors, Vectors32
from recs.training.embeddings import unit_vectors
from recs.types import FloatArray, Generation, IntArray

if TYPE_CHECKING:
    from recs.training.model import Model

log = logging.getLogger(__name__)

POINTS_A_CALL = 500
PUBLISH_SECONDS = 10
QUERY_SECONDS = 1
"""Qdrant's client counts whole seconds only."""
PAUSE_SECONDS = 30.0
"""After a query that failed: a Qdrant that hangs costs its caller one second in thirty."""
FAULTS = (ApiException, QdrantException, OSError, ValueError)


def client_of(settings: Settings) -> QdrantClient:
    """Return a client of the server at QDRANT_URL. Connects to nothing yet."""
    return QdrantClient(
        url=settings.qdrant_url,
        api_key=settings.qdrant_api_key or None,
        timeout=PUBLISH_SECONDS,
        check_compatibility=False,  # it would ask the server, which may start later than we do
    )


class QdrantVectors(Vectors):
    """Publishes the items' vectors of a version, and finds those of the version that is in use.

    Each version has a collection of its own, `<namespace>-<generation>-items-<version>`; the alias
    without the version moves to it when it is complete. A point has its item's row in the catalogue
    as id. All vectors have length 1, so that their dot product, which is cheaper, is their cosine.
    Users have none here: a ranker folds them in from their likes, and whoever is erased must leave
    nothing behind.
    """

    def __init__(
        self, client: QdrantClient, namespace: str, clock: Callable[[], float] = monotonic
    ) -> None:
        super().__init__()
        self._client = client
        self._namespace = namespace
        self._clock = clock
        self._asked = ""
        """Collection that `nearest` asks; empty before the first version."""
        self._silent_until = -float("inf")

    def publish(self, generation: Generation, version: int, model: "Model") -> None:
        """Give everybody this version, unless the server has it.

        With Qdrant gone it says so in the log: ranking goes on without, and the next call tries
        again.
        """
        try:
            self._publish(generation, version, model)
        except FAULTS as error:
            log.warning("Qdrant has not taken version %d: %s", version, error)

    def use(self, generation: Generation, version: int, vectors: Vectors32) -> None:
        """Have `nearest` ask for this version, which the server has by now."""
        self._asked = self._name(generation, version)
        self._silent_until = -float("inf")

    def nearest(self, vector: FloatArray, k: int) -> IntArray:
        """Return the rows of the k items nearest to a unit vector, the nearest first.

        Returns none before the first version, and while Qdrant does not answer.
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
            log.warning("Qdrant is left alone for %.0f s: %s", PAUSE_SECONDS, error)
            self._silent_until = self._clock() + PAUSE_SECONDS
            return NO_ROWS
        return np.array([point.id for point in answer.points], np.int64)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _publish(self, generation: Generation, version: int, model: "Model") -> None:
        alias, name = self._name(generation), self._name(generation, version)
        aliases = self._client.get_aliases().aliases
        served = {each.alias_name: each.collection_name for each in aliases}.get(alias)
        if served != name:
            self._fill(name, model.item_vectors)
            self._point(alias, name)
            # Those who have not heard of the new version yet still ask the one before.
            self._remove_others({name, served or name})

    def _fill(self, name: str, vectors: Vectors32) -> None:
        """Make a collection anew. An item without likes and genres has no direction: left out."""
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
        """Move an alias, or make it, in one step: nobody finds it missing."""
        self._client.update_collection_aliases(
            [
                models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=alias)),
                models.CreateAliasOperation(
                    create_alias=models.CreateAlias(collection_name=name, alias_name=alias)
                ),
            ]
        )

    def _remove_others(self, kept: Collection[str]) -> None:
        """Remove this service's other collections, of whatever generation."""
        ours = rf"{escape(self._namespace)}-\d+-items-\d+"
        for each in self._client.get_collections().collections:
            if fullmatch(ours, each.name) and each.name not in kept:
                self._client.delete_collection(each.name)

    def _name(self, generation: Generation, version: int | None = None) -> str:
        """Name a version's collection, or without a version the alias."""
        alias = f"{self._namespace}-{generation}-items"
        return alias if version is None else f"{alias}-{version}"
