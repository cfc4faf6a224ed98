"""Qdrant as a server, as far as the requests that leave us."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread
from time import monotonic

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse

from recs.settings import Settings
from recs.stores.qdrant import PAUSE_SECONDS, QdrantVectors, client_of
from recs.stores.vectors import Vectors
from recs.training.embeddings import Embeddings
from recs.training.model import Model, empty_model
from recs.types import Generation
from tests.clock import Clock
from tests.servers.ports import own_port
from tests.servers.qdrant import Recorder

GENERATION = Generation(7)
NORTH = np.array([0.0, 1.0])


def array(*vectors: list[float]) -> NDArray[np.float32]:
    return np.array(vectors, np.float32)


ITEMS = array([0, 2], [0, 0], [3, 0], [5, 5])
"""North, nowhere, east, northeast."""


def model() -> Model:
    return replace(
        empty_model(2),
        items=Embeddings(ITEMS, ITEMS, ITEMS[:, 0], ITEMS[:, 0]),
        genres_of=sparse.csr_matrix((4, 0), dtype=np.float32),
    )


MODEL = model()


def found(vectors: Vectors, vector: NDArray[np.float64], k: int) -> list[int]:
    rows = vectors.nearest(vector, k)
    assert rows.dtype == np.int64
    return rows.tolist()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    server = Recorder(own_port())
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.awake.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def remote(recorder: Recorder, clock: Clock) -> Iterator[Vectors]:
    client = client_of(Settings(qdrant_url=f"http://127.0.0.1:{recorder.server_port}"))
    yield QdrantVectors(client, "test", clock)
    client.close()


def test_a_version_gets_a_collection_of_its_own_before_the_alias_moves(
    remote: Vectors, recorder: Recorder
) -> None:
    remote.publish(GENERATION, 1, MODEL)

    assert recorder.writes() == [
        ("DELETE", "/collections/test-7-items-1"),
        ("PUT", "/collections/test-7-items-1"),
        ("PUT", "/collections/test-7-items-1/points"),
        ("POST", "/collections/aliases"),
    ]


def test_an_items_point_is_its_row_with_a_unit_vector(remote: Vectors, recorder: Recorder) -> None:
    remote.publish(GENERATION, 1, MODEL)
    points = recorder.body_of("PUT", "/collections/test-7-items-1/points")["points"]

    assert [point["id"] for point in points] == [0, 2, 3]
    assert np.linalg.norm([point["vector"] for point in points], axis=1) == pytest.approx(1)


def test_the_alias_moves_in_one_request(remote: Vectors, recorder: Recorder) -> None:
    remote.publish(GENERATION, 1, MODEL)
    body = recorder.body_of("POST", "/collections/aliases")

    assert body["actions"] == [
        {"delete_alias": {"alias_name": "test-7-items"}},
        {"create_alias": {"alias_name": "test-7-items", "collection_name": "test-7-items-1"}},
    ]


def test_a_version_that_is_there_is_not_sent_again(remote: Vectors, recorder: Recorder) -> None:
    recorder.aliases = {"test-7-items": "test-7-items-1"}
    remote.publish(GENERATION, 1, MODEL)

    assert recorder.writes() == []


def test_only_our_own_older_collections_are_removed(remote: Vectors, recorder: Recorder) -> None:
    recorder.aliases = {"test-7-items": "test-7-items-4"}
    before_and_new = ["test-7-items-4", "test-7-items-5"]
    others = ["test-7-users-3", "other-7-items-3", "test-two-7-items-3", "test-7-items-3-mine"]
    recorder.collections = ["test-6-items-9", "test-7-items-3", *before_and_new, *others]
    remote.publish(GENERATION, 5, MODEL)
    made_anew = ("DELETE", "/collections/test-7-items-5")
    removed = [what for what in recorder.writes() if what[0] == "DELETE" and what != made_anew]

    assert removed == [
        ("DELETE", "/collections/test-6-items-9"),
        ("DELETE", "/collections/test-7-items-3"),
    ]


def test_the_asker_asks_for_ids_alone_in_the_version_that_it_knows(
    remote: Vectors, recorder: Recorder
) -> None:
    remote.use(GENERATION, 1, ITEMS)

    assert found(remote, NORTH, 5) == [3]
    body = recorder.body_of("POST", "/collections/test-7-items-1/points/query")
    assert body["query"] == {"nearest": [0.0, 1.0]}
    assert (body["limit"], body["with_payload"]) == (5, False)


def test_a_qdrant_that_is_down_does_not_stop_a_publication(
    remote: Vectors, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.broken = True
    remote.publish(GENERATION, 1, MODEL)

    assert "Qdrant has not taken version 1" in caplog.text


def test_a_qdrant_that_fails_is_left_alone_for_a_while_and_named_once(
    remote: Vectors, recorder: Recorder, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "recs.stores.qdrant")
    remote.use(GENERATION, 1, ITEMS)
    recorder.broken = True
    answers = [found(remote, NORTH, 5) for _ in range(3)]

    assert answers == [[], [], []]
    assert len(recorder.asked) == len(caplog.records) == 1
    recorder.broken = False
    clock.now += PAUSE_SECONDS
    assert found(remote, NORTH, 5) == [3]


def test_a_qdrant_that_is_not_there_answers_with_nothing(clock: Clock) -> None:
    client = client_of(Settings(qdrant_url=f"http://127.0.0.1:{own_port()}"))
    vectors = QdrantVectors(client, "test", clock)
    vectors.use(GENERATION, 1, ITEMS)

    assert found(vectors, NORTH, 5) == []
    client.close()


@pytest.mark.slow
def test_a_qdrant_that_hangs_holds_nobody_for_long(remote: Vectors, recorder: Recorder) -> None:
    remote.use(GENERATION, 1, ITEMS)
    recorder.awake.clear()
    begun = monotonic()

    assert found(remote, NORTH, 5) == []
    assert monotonic() - begun < 2


def test_a_new_version_is_asked_for_at_once(remote: Vectors, recorder: Recorder) -> None:
    remote.use(GENERATION, 1, ITEMS)
    recorder.broken = True
    found(remote, NORTH, 5)
    recorder.broken = False
    remote.use(GENERATION, 2, ITEMS)

    assert found(remote, NORTH, 5) == [3]
