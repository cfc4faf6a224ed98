"""Vectors of titles and viewers in Qdrant: who lies near whom."""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from re import escape, fullmatch
from threading import Thread
from time import monotonic

import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException

from recs.factors import Model
from recs.settings import Settings
from recs.types import Generation, FloatArray, ItemId

log = logging.getLogger(__name__)

POINTS_A_CALL = 500
PUBLISH_SECONDS = 10
QUERY_SECONDS = 1
"""Qdrant's client counts whole seconds only."""
PAUSE_SECONDS = 30.0
"""After a query that failed: a Qdrant that hangs costs its caller one second in thirty."""
FAULTS = (ApiException, QdrantException, OSError, ValueError)
"""ValueError: of the embedded client, whose collection was replaced a moment ago."""


def connect(settings: Settings) -> QdrantClient:
    """Choose between the server at QDRANT_URL and the embedded client. Connects to nothing yet."""
    if not settings.qdrant_url:
        return QdrantClient(":memory:")
    return QdrantClient(
        url=settings.qdrant_url,
        api_key=settings.qdrant_api_key or None,
        timeout=PUBLISH_SECONDS,
        check_compatibility=False,  # it would ask the server, which may start later than we do
    )


@dataclass(frozen=True, slots=True)
class Source:
    """A collection of titles, and which title each of its points is."""

    collection: str
    items: Sequence[ItemId]


class Vectors:
    """Publishes the vectors of a version, and finds titles in the version that is in use.

    Each version has collections of its own, `<namespace>-<generation>-items-<version>` and
    `…-viewers-<version>`; the aliases without the version move to them when they are complete.
    A point's id is its row in the model, its payload the id of the title or viewer. All vectors
    have unit length, so that their dot product, which is cheaper, is their cosine.

    Embedded, each process that asks fills its own memory from the model's file, with titles only.
    """

    def __init__(
        self,
        client: QdrantClient,
        namespace: str,
        embedded: bool,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._embedded = embedded
        self._clock = clock
        self._source: Source | None = None
        self._wanted = ""
        self._silent_until = -float("inf")

    def publish(self, generation: Generation, version: int, model: Model) -> None:
        """Give everybody this version, unless they have it; embedded, there is nobody to give to.

        With Qdrant gone it says so in the log: ranking goes on without, and the next call tries
        again.
        """
        if self._embedded:
            return
        try:
            self._publish(generation, "items", version, model.item_ids, model.item_vectors)
            self._publish(generation, "viewers", version, model.viewer_ids, model.viewer_vectors)
        except FAULTS as error:
            log.warning("Qdrant has not taken version %d: %s", version, error)

    def use(self, generation: Generation, version: int, model: Model) -> None:
        """Have `nearest` answer from this version.

        Embedded, a thread fills the memory, at .05 ms a title; until that is done `nearest` goes
        on as before.
        """
        source = Source(self._name(generation, "items", version), model.item_ids)
        self._wanted = source.collection
        if self._embedded:
            Thread(target=self._fill_and_turn_to, args=(source, model), daemon=True).start()
        else:
            self._turn_to(source)

    def nearest(self, vector: FloatArray, k: int) -> list[ItemId]:
        """Return the k titles nearest to a unit vector, the nearest first.

        Returns none before the first version, and while Qdrant does not answer.
        """
        source = self._source
        if source is None or self._clock() < self._silent_until:
            return []
        try:
            answer = self._client.query_points(
                source.collection,
                np.asarray(vector, np.float32),
                limit=k,
                with_payload=False,
                timeout=QUERY_SECONDS,
            )
        except FAULTS as error:
            log.warning("Qdrant is left alone for %.0f s: %s", PAUSE_SECONDS, error)
            self._silent_until = self._clock() + PAUSE_SECONDS
            return []
        return [source.items[int(str(point.id))] for point in answer.points]

    def _fill_and_turn_to(self, source: Source, model: Model) -> None:
        self._fill(source.collection, model.item_vectors)
        if self._wanted == source.collection:  # else another version came in between
            self._turn_to(source)
            self._remove_others("items", {source.collection})

    def _turn_to(self, source: Source) -> None:
        self._source = source
        self._silent_until = -float("inf")

    def _publish(
        self, generation: Generation, kind: str, version: int, ids: Sequence[str], vectors: FloatArray
    ) -> None:
        alias, name = self._name(generation, kind), self._name(generation, kind, version)
        aliases = self._client.get_aliases().aliases
        served = {each.alias_name: each.collection_name for each in aliases}.get(alias)
        if served != name:
            self._fill(name, vectors, ids)
            self._point(alias, name)
            # Those who have not heard of the new version yet still ask the one before.
            self._remove_others(kind, {name, served or name})

    def _fill(self, name: str, vectors: FloatArray, ids: Sequence[str] = ()) -> None:
        """Make a collection anew. A title without likes and genres has no direction: left out."""
        lengths = np.linalg.norm(vectors, axis=1)
        rows = np.flatnonzero(lengths)
        size = models.VectorParams(size=vectors.shape[1], distance=models.Distance.DOT)
        self._client.delete_collection(name)
        self._client.create_collection(name, vectors_config=size)
        self._client.upload_collection(
            name,
            vectors=(vectors[rows] / lengths[rows, None]).astype(np.float32),
            payload=[{"id": ids[row]} for row in rows.tolist()] if ids else None,
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

    def _remove_others(self, kind: str, kept: Collection[str]) -> None:
        """Remove this service's other collections of a kind, of whatever generation."""
        ours = rf"{escape(self._namespace)}-\d+-{kind}-\d+"
        for each in self._client.get_collections().collections:
            if fullmatch(ours, each.name) and each.name not in kept:
                self._client.delete_collection(each.name)

    def _name(self, generation: Generation, kind: str, version: int | None = None) -> str:
        """Name a version's collection, or without a version the alias."""
        alias = f"{self._namespace}-{generation}-{kind}"
        return alias if version is None else f"{alias}-{version}"
